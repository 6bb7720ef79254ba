import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { isLocked } from '../images/locked-rows';
import { images } from '../schema/images';
import { inFlight, inMs, isHeld, orphaned, takenBy } from './holding';
import type { AdoptRequest, ImageJob, RenewedJob, RenewRequest } from './image-job';
import { jobColumns, toJob } from './job-columns';

/**
 * The orphan that came first, of whatever server, also of one that nobody is configured with any more. One that somebody
 * else is just adopting is passed over.
 */
export async function adoptNext(
  queries: Queries,
  { runner, leaseMs }: AdoptRequest,
): Promise<ImageJob | null> {
  const orphan = queries
    .select({ id: images.id })
    .from(images)
    .where(and(inFlight, isNull(images.runner)))
    .orderBy(images.createdAt, images.id)
    .limit(1)
    .for('update', { skipLocked: true });
  const [adopted] = await queries
    .update(images)
    .set(takenBy(runner, leaseMs))
    .where(sql`${images.id} = (${orphan})`)
    .returning(jobColumns);
  return adopted ? toJob(adopted) : null;
}

export async function renew(
  queries: Queries,
  { runner, leaseMs, jobs }: RenewRequest,
): Promise<RenewedJob[]> {
  if (jobs.length === 0) return [];
  const ours = and(inFlight, eq(images.runner, runner), or(...jobs.map(isHeld)));
  const renewed = await queries
    .update(images)
    .set({ leasedUntil: inMs(leaseMs) })
    .where(isLocked(queries, ours, { skipLocked: false }))
    .returning({ id: images.id, status: images.status });
  return renewed as RenewedJob[];
}

/** Those whose lease is over. One that is just being renewed, or brought to its end, is passed over. */
export async function orphanExpired(queries: Queries): Promise<string[]> {
  const expired = and(inFlight, sql`${images.leasedUntil} <= clock_timestamp()`);
  const made = await queries
    .update(images)
    .set({ ...orphaned, losses: sql`${images.losses} + 1` })
    .where(isLocked(queries, expired, { skipLocked: true }))
    .returning({ id: images.id });
  return made.map(({ id }) => id);
}

export async function handOver(queries: Queries, runner: string): Promise<string[]> {
  const given = await queries
    .update(images)
    .set(orphaned)
    .where(isLocked(queries, and(inFlight, eq(images.runner, runner)), { skipLocked: false }))
    .returning({ id: images.id });
  return given.map(({ id }) => id);
}
