import { eq, lte, type SQL } from 'drizzle-orm';
import { bigint, type PgColumn } from 'drizzle-orm/pg-core';
import { DatabaseError } from '../connection/database.errors';

/** The column of a row that only the newest holder of a lock or a leadership may change: the highest token seen. */
export const fence = () => bigint('fence', { mode: 'number' }).notNull().default(0);

/** Both parts of a fenced update; one without the other protects nothing. */
export interface FencedUpdate {
  /** For `where`: no newer holder has been here. */
  condition: SQL;
  /** For `set`, so that from now on older holders are refused. */
  token: number;
}

/**
 * Lets an update through only if it comes from the newest holder so far. A holder that was paused and does not know
 * yet that its lock ran out changes no row; one that still holds it may write as often as it likes. Two at once are
 * put in order by the lock on the row: the one that waited is compared with what the other has left.
 *
 * No row changed means fenced off, or that there is no such row.
 *
 * @param column made by {@link fence}
 * @param token a fencing token or the term of a leadership: a whole number from 1 to 2^53 − 1
 * @throws DatabaseError `DATABASE_INVALID` for any other number, for it may have been rounded to a stranger's token
 *
 * @example
 * ```ts
 * const { condition, token } = notFencedOff(images.fence, lock.fencingToken);
 * const changed = await queries
 *   .update(images)
 *   .set({ status: 'completed', fence: token })
 *   .where(and(eq(images.id, id), condition))
 *   .returning({ id: images.id });
 * return changed.length > 0; // false: somebody newer is at it, stop
 * ```
 */
export function notFencedOff(column: PgColumn, token: number): FencedUpdate {
  checkToken(token);
  return { condition: lte(column, token), token };
}

/**
 * The same for a row that counts its fence by itself, one up whenever it changes hands: only who was given the number
 * that stands there now may write, and need not write it again.
 *
 * @throws DatabaseError `DATABASE_INVALID` as {@link notFencedOff}
 */
export function holdsFence(column: PgColumn, token: number): SQL {
  checkToken(token);
  return eq(column, token);
}

function checkToken(token: number): void {
  if (Number.isSafeInteger(token) && token >= 1) return;
  throw new DatabaseError('DATABASE_INVALID', 'A fencing token is a whole number from 1 to 2^53 - 1.');
}
