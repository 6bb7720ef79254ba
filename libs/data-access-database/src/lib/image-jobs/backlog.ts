import { sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { images } from '../schema/images';
import { isInFlight, isQueued } from '../schema/image-statuses';
import type { Backlog } from './image-job';

/** Two questions, each of an index that has the unfinished ones alone. */
export async function backlog(queries: Queries): Promise<Backlog> {
  const figures = {
    count: sql<string>`count(*)`,
    oldest: sql<string>`coalesce(extract(epoch from clock_timestamp() - min(${images.createdAt})), 0)`,
  };
  const [queued] = await queries.select(figures).from(images).where(isQueued(images.status));
  const [inFlight] = await queries.select(figures).from(images).where(isInFlight(images.status));
  const read = (row: typeof queued) => ({
    jobs: Number(row?.count ?? 0),
    oldestSeconds: Math.max(0, Number(row?.oldest ?? 0)),
  });
  return { queued: read(queued), inFlight: read(inFlight) };
}
