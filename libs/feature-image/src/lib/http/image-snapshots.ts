import { Injectable } from '@nestjs/common';
import { type Image, ImageRepository } from '@sluice/data-access-database';
import { type RedisCache, RedisService } from '@sluice/data-access-redis';
import { imageTag } from '@sluice/util-images';

/** An image as it is cached: plain JSON, without progress and links, which are of the moment. */
export interface ImageSnapshot extends Omit<Image, 'createdAt' | 'completedAt'> {
  createdAt: string;
  completedAt: string | null;
}

/**
 * Whoever changes an image takes its snapshot out of service before he tells of the change. Only when he is cut off from
 * Redis, and dies before he is back, these bound how long it stays wrong.
 */
const UNFINISHED_MS = 5_000;
/** Only a like and a deletion change it any more. */
const ENDED_MS = 60_000;

const ENDED: ReadonlySet<Image['status']> = new Set(['completed', 'failed', 'cancelled']);

/**
 * What requests read of single images, from Redis, and from the database while that is lost. Whose an image is, is no
 * part of the key: it is checked behind the cache, at every request.
 *
 * Nothing is kept near: who has heard of a change must not read what was before, from whatever process.
 */
@Injectable()
export class ImageSnapshots {
  private readonly cache: RedisCache<ImageSnapshot>;

  constructor(
    redis: RedisService,
    private readonly images: ImageRepository,
  ) {
    this.cache = redis.cache('image', { ttl: ENDED_MS, tags: (id) => [imageTag(id)] });
  }

  /** Anybody's. Null when it is not there, or not any more. */
  find(imageId: string): Promise<ImageSnapshot | null> {
    return this.cache.getOrSet(imageId, async ({ setTtl }) => {
      const image = await this.images.findById(imageId);
      if (image && !ENDED.has(image.status)) setTtl(UNFINISHED_MS);
      return image && snapshotOf(image);
    });
  }
}

function snapshotOf(image: Image): ImageSnapshot {
  return {
    ...image,
    createdAt: image.createdAt.toISOString(),
    completedAt: image.completedAt?.toISOString() ?? null,
  };
}
