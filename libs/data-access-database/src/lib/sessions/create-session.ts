import type { Queries } from '../connection/database';
import { refreshTokens } from '../schema/refresh-tokens';
import { sessions } from '../schema/sessions';
import type { NewSession, Session } from './session';
import { sessionColumns } from './session-columns';

/** Runs in a transaction. */
export async function createSession(
  queries: Queries,
  { refreshHash, ...session }: NewSession,
): Promise<Session> {
  const [created] = await queries.insert(sessions).values(session).returning(sessionColumns);
  const { id: sessionId } = created as Session;
  await queries.insert(refreshTokens).values({ hash: refreshHash, sessionId });
  return created as Session;
}
