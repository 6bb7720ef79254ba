import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import {
  Controller,
  DefaultValuePipe,
  Get,
  Inject,
  NotFoundException,
  Param,
  ParseIntPipe,
  ParseUUIDPipe,
  Query,
  Req,
} from '@nestjs/common';
import { CharacterRepository, ImageRepository } from '@sluice/data-access-database';
import { ImageLinks, presentImage } from '@sluice/util-images';
import type { SignedInRequest } from './auth.guard.cts';

const PAGE_TTL_MS = 15_000;
const TTL_MS = 60_000;

/** Whole answers are cached, signed links included, for less time than these are good for: nothing is left to do. */
@Controller('api')
export class PeerController {
  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    @Inject(ImageRepository) private readonly images: ImageRepository,
    @Inject(CharacterRepository) private readonly characters: CharacterRepository,
    @Inject(ImageLinks) private readonly links: ImageLinks,
  ) {}

  @Get('gallery')
  gallery(
    @Req() { userId }: SignedInRequest,
    @Query('limit', new DefaultValuePipe(20), ParseIntPipe) limit: number,
  ): Promise<object> {
    return this.cache.wrap(`gallery:${userId}:${limit}`, () => this.page(userId, limit), PAGE_TTL_MS);
  }

  @Get('characters/:id')
  async character(
    @Req() { userId }: SignedInRequest,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<object> {
    const found = await this.cache.wrap(`character:${id}`, () => this.characters.findById(id), TTL_MS);
    if (found?.ownerId !== userId) throw new NotFoundException();
    const { ownerId: _ownerId, ...character } = found;
    return character;
  }

  @Get('images/:id')
  async image(@Req() { userId }: SignedInRequest, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    const found = await this.cache.wrap(`image:${id}`, () => this.oneImage(id), PAGE_TTL_MS);
    if (found?.ownerId !== userId) throw new NotFoundException();
    return found.image;
  }

  private async page(userId: string, limit: number): Promise<object> {
    const rows = await this.images.list(userId, { limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const hasMore = rows.length > limit;
    const nextCursor =
      hasMore && last ? Buffer.from(JSON.stringify([last.createdAt, last.id])).toString('base64url') : null;
    return { data: shown.map((image) => presentImage(image, this.links)), page: { nextCursor, hasMore } };
  }

  private async oneImage(id: string): Promise<{ ownerId: string; image: object } | undefined> {
    const image = await this.images.findById(id);
    return image ? { ownerId: image.ownerId, image: presentImage(image, this.links) } : undefined;
  }
}
