import type { Database } from '../../lib/connection/database';
import { ImageJobRepository } from '../../lib/image-jobs/image-job.repository';
import { ImageRepository } from '../../lib/images/image.repository';
import { UserRepository } from '../../lib/users/user.repository';
import type { DatabaseApp } from '../database-app';

export interface ImageJobWorld {
  readonly database: Database;
  readonly jobs: ImageJobRepository;
  readonly images: ImageRepository;
  /** Their ids, by their names in the model. */
  readonly owners: Readonly<Record<string, string>>;
}

export const OWNERS = ['ada', 'bob', 'cyd'];

export async function makeImageJobWorld({ database, get }: DatabaseApp): Promise<ImageJobWorld> {
  const owners: Record<string, string> = {};
  for (const name of OWNERS) {
    const user = { email: `${name}@example.com`, passwordHash: 'h' };
    owners[name] = (await get(UserRepository).create(user)).id;
  }
  return { database, jobs: get(ImageJobRepository), images: get(ImageRepository), owners };
}
