import { and, eq, or, type SQL, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Queries } from '../connection/database';
import type { ImageError, ImageFile } from '../images/image';
import { isOneOf } from '../schema/image-statuses';
import { images } from '../schema/images';
import { inFlight, inMs, isHeld, released } from './holding';
import type { HeldJob, RequeueOptions, RunningStatus } from './image-job';

const { status, attempt, losses, completedAt, fileKey, errorCode, runAfter, server, promptId, sentAt } =
  images;

const isGenerating = sql`${status} = 'generating'`;
const isCancelling = sql`${status} = 'cancelling'`;

/** A stack of a server can have megabytes; nobody reads them. */
const LONGEST_ERROR = 1_000;

export async function markSent(queries: Queries, job: HeldJob): Promise<RunningStatus | null> {
  const [marked] = await queries
    .update(images)
    .set({ sentAt: sql`case when ${isGenerating} then clock_timestamp() else ${sentAt} end` })
    .where(and(isHeld(job), inFlight))
    .returning({ status });
  return (marked?.status as RunningStatus | undefined) ?? null;
}

export function complete(queries: Queries, job: HeldJob, file: ImageFile): Promise<boolean> {
  const { thumbKey, contentType, bytes, sha256 } = file;
  return end(queries, job, and(sql`${status} = 'completed'`, eq(fileKey, file.fileKey)), {
    status: 'completed',
    completedAt: sql`coalesce(${completedAt}, clock_timestamp())`,
    fileKey: file.fileKey,
    thumbKey,
    contentType,
    bytes,
    sha256,
  });
}

export function fail(queries: Queries, job: HeldJob, { code, message }: ImageError): Promise<boolean> {
  return end(queries, job, and(sql`${status} = 'failed'`, eq(errorCode, code)), {
    status: 'failed',
    errorCode: code,
    // Words of a server: PostgreSQL keeps no NUL.
    error: message.slice(0, LONGEST_ERROR).replaceAll('\0', '\uFFFD'),
  });
}

export function markCancelled(queries: Queries, job: HeldJob): Promise<boolean> {
  return end(queries, job, sql`${status} = 'cancelled'`, { status: 'cancelled' });
}

/** @param already what the row looks like if this very write has been done before, and its answer was lost */
async function end(
  queries: Queries,
  job: HeldJob,
  already: SQL | undefined,
  values: PgUpdateSetSource<typeof images>,
): Promise<boolean> {
  const ended = await queries
    .update(images)
    .set({ ...values, ...released })
    .where(and(isHeld(job), or(inFlight, already)))
    .returning({ id: images.id });
  return ended.length > 0;
}

export async function requeue(
  queries: Queries,
  job: HeldJob,
  { delayMs = 0, counts = true, lost = false }: RequeueOptions = {},
): Promise<'queued' | 'cancelled' | null> {
  // The state before decides, so that it may be repeated: only the first time it is generating.
  const ifGenerating = (then: SQL, otherwise: SQL | typeof server) =>
    sql`case when ${isGenerating} then ${then} else ${otherwise} end`;
  const [left] = await queries
    .update(images)
    .set({
      status: sql`case when ${isGenerating} then 'queued' when ${isCancelling} then 'cancelled' else ${status} end`,
      attempt: counts ? ifGenerating(sql`${attempt} + 1`, sql`${attempt}`) : attempt,
      losses: lost ? ifGenerating(sql`${losses} + 1`, sql`${losses}`) : losses,
      runAfter: ifGenerating(inMs(delayMs), sql`${runAfter}`),
      server: ifGenerating(sql`null`, server),
      promptId: ifGenerating(sql`null`, sql`${promptId}`),
      sentAt: ifGenerating(sql`null`, sql`${sentAt}`),
      ...released,
    })
    .where(and(isHeld(job), isOneOf(status, ['queued', 'generating', 'cancelling', 'cancelled'])))
    .returning({ status });
  return (left?.status as 'queued' | 'cancelled' | undefined) ?? null;
}
