import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { createOnce, findMade } from '../images/create-once';
import type { NewImage } from '../images/image';
import { isQueued } from '../schema/image-statuses';
import { images } from '../schema/images';
import { users } from '../schema/users';
import { inFlight } from './holding';
import type { EnqueueOptions, EnqueueResult } from './image-job';

/** Runs in a transaction at `read committed`. */
export async function enqueue(
  queries: Queries,
  image: NewImage,
  { quota }: EnqueueOptions,
): Promise<EnqueueResult> {
  await lockOwner(queries, image.ownerId);
  // From here on statements of their own: they see what the one before us in the queue has made.
  const made = image.id === undefined ? null : await findMade(queries, image.id, image.ownerId);
  if (made) return { outcome: 'found', image: made };
  const unfinished = await countUnfinished(queries, image.ownerId);
  if (unfinished >= quota) return { outcome: 'over-quota', unfinished };
  return { outcome: 'queued', image: await createOnce(queries, image) };
}

/** Those of one owner take turns. Rows that refer to the owner can be made meanwhile. */
async function lockOwner(queries: Queries, ownerId: string): Promise<void> {
  await queries.select({ id: users.id }).from(users).where(eq(users.id, ownerId)).for('no key update');
}

async function countUnfinished(queries: Queries, ownerId: string): Promise<number> {
  // One count for each index: there is no index for both.
  const count = (condition: SQL) => queries.$count(images, and(eq(images.ownerId, ownerId), condition));
  const { rows } = await queries.execute<{ unfinished: number }>(
    sql`select (${count(isQueued(images.status))} + ${count(inFlight)})::int as unfinished`,
  );
  return rows[0]?.unfinished ?? 0;
}
