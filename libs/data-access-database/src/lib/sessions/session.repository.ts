import { Inject, Injectable } from '@nestjs/common';
import { and, desc, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm';
import { Database } from '../connection/database';
import { refreshTokens } from '../schema/refresh-tokens';
import { sessions } from '../schema/sessions';
import { rotate } from './rotate';
import type { NewSession, RotateRequest, RotateResult, Session } from './session';
import { sessionColumns } from './session-columns';

const LONGEST_LIST = 1_000;

/** Sessions and their refresh tokens. Every method rejects with `DatabaseError`. */
@Injectable()
export class SessionRepository {
  @Inject() private readonly database!: Database;

  create({ refreshHash, ...session }: NewSession): Promise<Session> {
    return this.database.transaction(async (queries) => {
      const [created] = await queries.insert(sessions).values(session).returning(sessionColumns);
      const { id: sessionId } = created as Session;
      await queries.insert(refreshTokens).values({ hash: refreshHash, sessionId });
      return created as Session;
    });
  }

  /** Also one that is revoked or expired: look at `revokedAt` and `expiresAt`. */
  async find(id: string): Promise<Session | null> {
    const [found] = await this.database.read((queries) =>
      queries.select(sessionColumns).from(sessions).where(eq(sessions.id, id)),
    );
    return found ?? null;
  }

  /** Neither revoked nor expired, newest first; the newest 1,000 at most. */
  listActive(userId: string): Promise<Session[]> {
    return this.database.read((queries) =>
      queries
        .select(sessionColumns)
        .from(sessions)
        .where(
          and(eq(sessions.userId, userId), isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`)),
        )
        .orderBy(desc(sessions.id))
        .limit(LONGEST_LIST),
    );
  }

  /** @returns false when it is not there, somebody else's, or was revoked before */
  async revoke(id: string, userId: string): Promise<boolean> {
    const revoked = await this.database.write((queries) =>
      queries
        .update(sessions)
        .set({ revokedAt: sql`now()` })
        .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isNull(sessions.revokedAt)))
        .returning({ id: sessions.id }),
    );
    return revoked.length > 0;
  }

  /** @returns the ids of those that were revoked by this call */
  async revokeAll(userId: string, exceptSessionId?: string): Promise<string[]> {
    const revoked = await this.database.write((queries) => {
      // Locked in one order, or two calls at once could wait for each other.
      const mine = queries
        .select({ id: sessions.id })
        .from(sessions)
        .where(
          and(
            eq(sessions.userId, userId),
            isNull(sessions.revokedAt),
            exceptSessionId === undefined ? undefined : ne(sessions.id, exceptSessionId),
          ),
        )
        .orderBy(sessions.id)
        .for('update');
      return queries
        .update(sessions)
        .set({ revokedAt: sql`now()` })
        .where(inArray(sessions.id, mine))
        .returning({ id: sessions.id });
    });
    return revoked.map(({ id }) => id);
  }

  /** One transaction; of two at once with the same token exactly one is `rotated`. */
  rotate(request: RotateRequest): Promise<RotateResult> {
    return this.database.transaction((queries) => rotate(queries, request));
  }
}
