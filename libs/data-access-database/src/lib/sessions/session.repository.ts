import { Inject, Injectable } from '@nestjs/common';
import { and, desc, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm';
import { Database } from '../connection/database';
import { inBatches } from '../retention/retention';
import type { RetentionRequest } from '../retention/retention-request';
import { sessions } from '../schema/sessions';
import { createSession } from './create-session';
import { deleteEnded, deleteTokensOfEnded } from './delete-ended';
import { rotate } from './rotate';
import type { NewSession, RotateRequest, RotateResult, Session } from './session';
import { sessionColumns } from './session-columns';

const LONGEST_LIST = 1_000;

/** Sessions and their refresh tokens. Every method rejects with `DatabaseError`. */
@Injectable()
export class SessionRepository {
  @Inject() private readonly database!: Database;

  create(session: NewSession): Promise<Session> {
    return this.database.transaction((queries) => createSession(queries, session));
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
  /**
   * Deletes the sessions, with their refresh tokens, that expired or were revoked more than 30 days before `asOf`.
   * At most 1,000 rows a statement, each statement by itself: what is gone when it stops or fails stays gone, and the
   * next call goes on from there. Two at once do no harm.
   *
   * @returns how many sessions were deleted
   */
  deleteExpired({ asOf, signal }: RetentionRequest = {}): Promise<number> {
    return inBatches(async () => {
      await inBatches(() => this.database.write((queries) => deleteTokensOfEnded(queries, asOf)), signal);
      return signal?.aborted ? 0 : this.database.write((queries) => deleteEnded(queries, asOf));
    }, signal);
  }
}
