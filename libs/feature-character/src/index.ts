export { CharacterModule } from './lib/character.module';
export { CharacterCacheService } from './lib/character-cache.service';
