import { Injectable } from '@nestjs/common';
import { type RedisCache, RedisService } from '@sluice/data-access-redis';
import { imagesTag, type PresentableImage, tagsOfChanged } from '@sluice/util-images';

/** An image as it is cached: plain JSON, without links, which are signed anew for each answer. */
export interface CachedImage extends PresentableImage {
  createdAt: string;
  completedAt: string | null;
}

/** A page, and where the next one begins. */
export interface CachedGalleryPage {
  images: CachedImage[];
  next: { createdAt: string; id: string } | null;
}

/** What tells first pages of one user apart. */
export interface FirstPage {
  limit: number;
  characterId?: string | undefined;
  status?: string | undefined;
  liked?: boolean | undefined;
}

/** Bounds how long a page stays wrong whose invalidation was lost with its process. */
const LIFETIME_MS = 15_000;

/**
 * First pages of galleries, for each filter: they are what is asked for, and what changes. All pages of a user go
 * together, whatever changed. Likes are in them, since an image is seen by its owner alone.
 *
 * Nothing is kept near: while images are made every page is asked for a few times only, and what was changed through
 * one process must be seen in the next answer of another.
 */
@Injectable()
export class ImageGalleryCacheService {
  private readonly firstPages: RedisCache<CachedGalleryPage>;

  constructor(private readonly redis: RedisService) {
    this.firstPages = redis.cache('image-gallery', {
      ttl: LIFETIME_MS,
      tags: (key) => [imagesTag(ownerOf(key))],
    });
  }

  firstPage(
    ownerId: string,
    page: FirstPage,
    load: () => Promise<CachedGalleryPage>,
  ): Promise<CachedGalleryPage> {
    return this.firstPages.getOrSet(keyOf(ownerId, page), load) as Promise<CachedGalleryPage>;
  }

  /** Call it after the database has the change. What others keep of the image goes, too. */
  async invalidate(image: { id: string; ownerId: string }): Promise<void> {
    await this.redis.invalidateTags(tagsOfChanged(image));
  }
}

function keyOf(ownerId: string, { limit, characterId, status, liked }: FirstPage): string {
  return [ownerId, limit, characterId ?? '', status ?? '', liked ?? ''].join(':');
}

/** Owners are UUIDs, so the part before the first colon is the owner. */
function ownerOf(key: string): string {
  return key.split(':', 1)[0] ?? '';
}
