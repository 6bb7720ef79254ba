import { Injectable } from '@nestjs/common';
import {
  type Image,
  type ImageFilter,
  ImageRepository,
  type ListPosition,
} from '@sluice/data-access-database';
import { CursorCodec, list, type List, problem } from '@sluice/util-http';
import { ImageLinks, presentImage, type ImageView } from '@sluice/util-images';
import { z } from 'zod';
import type { GalleryQuery } from './gallery.schemas';
import {
  type CachedGalleryPage,
  type CachedImage,
  ImageGalleryCacheService,
} from './image-gallery-cache.service';
import { ImageProgressService } from './image-progress.service';

const positionSchema = z.object({ createdAt: z.iso.datetime(), id: z.guid() });

/** The images of a user as a list, and which of them are liked. */
@Injectable()
export class ImageGalleryService {
  constructor(
    private readonly images: ImageRepository,
    private readonly cache: ImageGalleryCacheService,
    private readonly progress: ImageProgressService,
    private readonly cursors: CursorCodec,
    private readonly links: ImageLinks,
  ) {}

  /** Newest first. A page begins after the image that the page before ended with, whatever came or went since. */
  async page(ownerId: string, query: GalleryQuery): Promise<List<ImageView>> {
    const { limit, cursor, characterId, status, liked } = query;
    const filter: ImageFilter = {
      ...(characterId !== undefined && { characterId }),
      ...(status !== undefined && { status }),
      ...(liked !== undefined && { liked }),
    };
    // With the filters in its name, a cursor is refused by any list but the one that it was given out for.
    const name = `gallery:${JSON.stringify([ownerId, characterId ?? null, status ?? null, liked ?? null])}`;
    const after = cursor === undefined ? undefined : this.cursors.decode(name, cursor, positionSchema);
    const { images, next } = after
      ? await this.load(ownerId, filter, limit, { createdAt: new Date(after.createdAt), id: after.id })
      : await this.cache.firstPage(ownerId, { limit, ...filter }, () => this.load(ownerId, filter, limit));
    const progress = await this.progress.of(images);
    return list(
      images.map((image) => presentImage(image, this.links, progress.get(image.id))),
      next && this.cursors.encode(name, next),
    );
  }

  /** @throws ProblemError 404 */
  async like(ownerId: string, id: string): Promise<void> {
    if (!(await this.images.like(id, ownerId))) throw notFound();
    await this.cache.invalidate({ id, ownerId });
  }

  /** @throws ProblemError 404 */
  async unlike(ownerId: string, id: string): Promise<void> {
    if (!(await this.images.unlike(id, ownerId))) throw notFound();
    await this.cache.invalidate({ id, ownerId });
  }

  private async load(
    ownerId: string,
    filter: ImageFilter,
    limit: number,
    after?: ListPosition,
  ): Promise<CachedGalleryPage> {
    // One more than asked for tells whether there are more.
    const rows = await this.images.list(ownerId, { ...filter, limit: limit + 1, ...(after && { after }) });
    const images = rows.slice(0, limit).map(cached);
    const last = images.at(-1);
    return {
      images,
      next: rows.length > limit && last ? { createdAt: last.createdAt, id: last.id } : null,
    };
  }
}

function cached(image: Image): CachedImage {
  const { id, status, prompt, seed, width, height, characterId, liked, error } = image;
  return {
    id,
    status,
    prompt,
    seed,
    width,
    height,
    characterId,
    liked,
    error,
    createdAt: image.createdAt.toISOString(),
    completedAt: image.completedAt?.toISOString() ?? null,
  };
}

function notFound() {
  return problem(404, { detail: 'There is no such image.' });
}
