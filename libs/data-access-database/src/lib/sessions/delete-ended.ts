import { eq, notExists, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { BATCH_ROWS, isPastRetention } from '../retention/retention';
import { refreshTokens } from '../schema/refresh-tokens';
import { endOf, sessions } from '../schema/sessions';

// Rows are chosen in arrays, which are computed once and looked up by index: a join with a limited, locking
// sub-select may run that again and take more rows. Rows that somebody else holds are left to the next sweep.

const end = endOf(sessions);

/** A batch of the tokens of the sessions that have ended first; without them a session is one row, not thousands. */
export async function deleteTokensOfEnded(queries: Queries, asOf: Date | undefined): Promise<number> {
  const ended = queries
    .select({ id: sessions.id })
    .from(sessions)
    .where(isPastRetention(end, asOf))
    .orderBy(end)
    .limit(BATCH_ROWS);
  const batch = queries
    .select({ hash: refreshTokens.hash })
    .from(refreshTokens)
    .where(sql`${refreshTokens.sessionId} = any(array(${ended}))`)
    .limit(BATCH_ROWS)
    .for('update', { skipLocked: true });
  const { rowCount } = await queries
    .delete(refreshTokens)
    .where(sql`${refreshTokens.hash} = any(array(${batch}))`);
  return rowCount ?? 0;
}

/** A batch of the ended sessions that have no tokens any more. */
export async function deleteEnded(queries: Queries, asOf: Date | undefined): Promise<number> {
  const tokens = queries
    .select({ one: sql`1` })
    .from(refreshTokens)
    .where(eq(refreshTokens.sessionId, sessions.id));
  const batch = queries
    .select({ id: sessions.id })
    .from(sessions)
    .where(sql`${isPastRetention(end, asOf)} and ${notExists(tokens)}`)
    .orderBy(end)
    .limit(BATCH_ROWS)
    .for('update', { skipLocked: true });
  const { rowCount } = await queries.delete(sessions).where(sql`${sessions.id} = any(array(${batch}))`);
  return rowCount ?? 0;
}
