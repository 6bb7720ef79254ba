import { randomUUID } from 'node:crypto';
import { type Image, ImageJobRepository, ImageRepository } from '@sluice/data-access-database';
import { RedisService } from '@sluice/data-access-redis';
import { imagesTag } from '@sluice/util-images';
import type { GalleryApp } from './serve-gallery';

const request = { prompt: 'a lighthouse', seed: '18446744073709551615', width: 64, height: 64 };
const file = {
  fileKey: 'file',
  thumbKey: 'thumb',
  contentType: 'image/png',
  bytes: 1,
  sha256: 'a'.repeat(64),
};

/** Does to images what the feature of images does, through one instance: it changes the database, then invalidates. */
export function imagesOf(app: GalleryApp, ownerId: string) {
  const images = app.get(ImageRepository);
  const jobs = app.get(ImageJobRepository);
  const redis = app.get(RedisService);
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    const result = await change;
    await redis.invalidateTags([imagesTag(ownerId)]);
    return result;
  };
  return {
    create: (more: { characterId?: string; prompt?: string } = {}): Promise<Image> =>
      changed(images.create({ ownerId, ...request, ...more })),
    createMany: async (count: number): Promise<void> => {
      let left = count;
      const createSome = async () => {
        while (left-- > 0) await images.create({ ownerId, ...request });
      };
      await changed(Promise.all(Array.from({ length: 10 }, createSome)));
    },
    delete: (id: string): Promise<boolean> => changed(images.softDelete(id, ownerId)),
    cancel: (id: string) => changed(jobs.requestCancel(id, ownerId)),
    /** Makes the image that has waited longest. @returns its id */
    completeNext: async (): Promise<string | undefined> => {
      const server = `http://${randomUUID()}`;
      const job = await jobs.claimNext({ runner: 'a test', servers: [server], slots: 1, leaseMs: 60_000 });
      if (job) await changed(jobs.complete(job, file));
      return job?.id;
    },
  };
}
