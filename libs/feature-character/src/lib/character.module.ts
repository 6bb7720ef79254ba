import { Module } from '@nestjs/common';
import { CharacterCacheService } from './character-cache.service';
import { CharacterController } from './character.controller';
import { CharacterService } from './character.service';

/** AI characters of a user: create, read, list, change, delete. */
@Module({
  controllers: [CharacterController],
  providers: [CharacterCacheService, CharacterService],
  exports: [CharacterCacheService],
})
export class CharacterModule {}
