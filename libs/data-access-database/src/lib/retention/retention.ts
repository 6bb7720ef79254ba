import { type SQL, sql } from 'drizzle-orm';

/** For so long rows stay on record after they have ended. */
const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/** At most so many rows go in one statement, so that it holds few locks and is far from its timeout. */
export const BATCH_ROWS = 1_000;

/** True for what ended more than 30 days before `asOf`. */
export function isPastRetention(ended: SQL | SQL.Aliased, asOf: Date | undefined): SQL {
  const moment = asOf ? sql`${asOf.toISOString()}::timestamptz` : sql`now()`;
  return sql`${ended} < ${moment} - ${RETENTION_MS} * interval '1 millisecond'`;
}

/** Repeats a deletion that takes some rows at a time until it finds none. @returns how many it took */
export async function inBatches(
  removeSome: () => Promise<number>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let removed = 0;
  while (!signal?.aborted) {
    const some = await removeSome();
    if (some === 0) break;
    removed += some;
  }
  return removed;
}
