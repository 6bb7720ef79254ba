import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { isQueued } from '../schema/image-statuses';
import { images } from '../schema/images';
import type { CancelResult } from './image-job';

const { id, ownerId, status, deletedAt } = images;

/** For `set`: what has not begun is cancelled, what runs shall be, what has ended stays as it is. */
export const withCancelRequested = {
  status: sql`case ${status} when 'queued' then 'cancelled' when 'generating' then 'cancelling' else ${status} end`,
  runAfter: sql`null`,
};

export async function requestCancel(
  queries: Queries,
  imageId: string,
  owner: string,
): Promise<CancelResult | null> {
  // Locked first: behind a claim or an end it waits, and then sees what that has left.
  const found = queries.$with('found').as(
    queries
      .select({ id, status })
      .from(images)
      .where(and(eq(id, imageId), eq(ownerId, owner), isNull(deletedAt)))
      .for('update'),
  );
  const changed = queries.$with('changed').as(
    queries
      .update(images)
      .set(withCancelRequested)
      .from(found)
      .where(and(eq(id, found.id), or(isQueued(found.status), sql`${found.status} = 'generating'`)))
      .returning({ id, status }),
  );
  const [row] = await queries
    .with(found, changed)
    .select({ before: found.status, after: changed.status })
    .from(found)
    .leftJoin(changed, eq(changed.id, found.id));
  return row ? { status: (row.after ?? row.before) as CancelResult['status'], changed: !!row.after } : null;
}
