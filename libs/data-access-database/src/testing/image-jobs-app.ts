import { eq } from 'drizzle-orm';
import type { DatabaseModuleOptions } from '../lib/config/database.config';
import type { ImageJob } from '../lib/image-jobs/image-job';
import { ImageJobRepository } from '../lib/image-jobs/image-job.repository';
import type { ImageFile, NewImage } from '../lib/images/image';
import { ImageRepository } from '../lib/images/image.repository';
import { images } from '../lib/schema/images';
import { UserRepository } from '../lib/users/user.repository';
import { type DatabaseApp, startDatabaseApp } from './database-app';

export const LEASE_MS = 15_000;
export const RUNNER = 'runner-1';
export const SERVER = 'http://comfy-1:8188';

/** What a completed image has, under this key. */
export const imageFile = (fileKey = 'f'.repeat(64)): ImageFile => ({
  fileKey,
  thumbKey: `${fileKey}.thumb`,
  contentType: 'image/png',
  bytes: 1_234,
  sha256: 'a'.repeat(64),
});

/** The database with the jobs of images, and short words for what most tests do. */
export interface ImageJobsApp extends DatabaseApp {
  jobs: ImageJobRepository;
  images: ImageRepository;
  anOwner(): Promise<string>;
  /** Without a limit. @returns the id */
  enqueue(ownerId: string, more?: Partial<NewImage>): Promise<string>;
  /** @throws Error when there is none */
  claim(more?: Partial<Parameters<ImageJobRepository['claimNext']>[0]>): Promise<ImageJob>;
  /** @throws Error when there is none */
  adopt(runner: string): Promise<ImageJob>;
  /** The whole row. */
  row(id: string): Promise<typeof images.$inferSelect>;
  /** Removes all images. */
  clear(): Promise<void>;
}

export async function startImageJobsApp(options: DatabaseModuleOptions): Promise<ImageJobsApp> {
  const app = await startDatabaseApp(options);
  const jobs = app.get(ImageJobRepository);
  const job = (found: ImageJob | null) => found ?? fail('There is no such job.');
  let users = 0;
  return {
    ...app,
    jobs,
    images: app.get(ImageRepository),
    async anOwner() {
      const user = { email: `user-${++users}@example.com`, passwordHash: 'h' };
      return (await app.get(UserRepository).create(user)).id;
    },
    async enqueue(ownerId, more) {
      const image = { ownerId, prompt: 'a sluice at dawn', seed: '1', width: 512, height: 768, ...more };
      const result = await jobs.enqueue(image, { quota: 1_000_000 });
      return result.outcome === 'queued' ? result.image.id : fail(`It is ${result.outcome}.`);
    },
    claim: async (more) =>
      job(
        await jobs.claimNext({ runner: RUNNER, servers: [SERVER], slots: 1_000, leaseMs: LEASE_MS, ...more }),
      ),
    adopt: async (runner) => job(await jobs.adoptNext({ runner, leaseMs: LEASE_MS })),
    async row(id) {
      const [row] = await app.database.read((queries) =>
        queries.select().from(images).where(eq(images.id, id)),
      );
      return row ?? fail('There is no such image.');
    },
    async clear() {
      await app.database.write((queries) => queries.delete(images));
    },
  };
}

function fail(message: string): never {
  throw new Error(message);
}
