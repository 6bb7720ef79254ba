import { eq, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { refreshTokens } from '../schema/refresh-tokens';
import { sessions } from '../schema/sessions';
import type { RotateRequest, RotateResult, Session } from './session';
import { sessionColumns } from './session-columns';

const { hash, replacedAt, sessionId } = refreshTokens;

/** Replaces a refresh token by its successor. Runs in a transaction at `read committed`. */
export async function rotate(queries: Queries, request: RotateRequest): Promise<RotateResult> {
  const session = await lockFamily(queries, request.presentedHash);
  if (!session) return { outcome: 'unknown' };
  // A statement of its own, after the lock: it sees what the one before us in the queue has done.
  const state = await tokenState(queries, request);
  if (state === 'replayed') return { outcome: 'replayed', session };
  if (state === 'reused') return { outcome: 'reused', session: await revoke(queries, session.id) };
  await queries
    .update(refreshTokens)
    .set({ replacedAt: sql`clock_timestamp()` })
    .where(eq(hash, request.presentedHash));
  await queries.insert(refreshTokens).values({ hash: request.successorHash, sessionId: session.id });
  return { outcome: 'rotated', session };
}

/** Rotations of one family take turns by the lock on its session; none for one that is revoked or expired. */
async function lockFamily(queries: Queries, presentedHash: string): Promise<Session | undefined> {
  const family = queries.select({ id: sessionId }).from(refreshTokens).where(eq(hash, presentedHash));
  const [found] = await queries
    .select({ session: sessionColumns, expired: sql<boolean>`${sessions.expiresAt} <= clock_timestamp()` })
    .from(sessions)
    .where(eq(sessions.id, family))
    .for('update');
  return found && !found.expired && !found.session.revokedAt ? found.session : undefined;
}

async function tokenState(
  queries: Queries,
  { presentedHash, graceMs }: RotateRequest,
): Promise<'current' | 'replayed' | 'reused'> {
  const [token] = await queries
    .select({
      replaced: sql<boolean>`${replacedAt} is not null`,
      recent: sql<boolean>`clock_timestamp() - ${replacedAt} < ${graceMs} * interval '1 millisecond'`,
    })
    .from(refreshTokens)
    .where(eq(hash, presentedHash));
  if (!token?.replaced) return 'current';
  return token.recent ? 'replayed' : 'reused';
}

async function revoke(queries: Queries, id: string): Promise<Session> {
  const [revoked] = await queries
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(eq(sessions.id, id))
    .returning(sessionColumns);
  return revoked as Session;
}
