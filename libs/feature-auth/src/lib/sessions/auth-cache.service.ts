import { Injectable } from '@nestjs/common';
import { SessionRepository } from '@sluice/data-access-database';
import { type RedisCache, RedisService } from '@sluice/data-access-redis';
import type { AuthenticatedUser } from '@sluice/util-http';

/** What is cached of a session: enough to refuse it, and nothing that could be used to sign in. */
interface CachedSession {
  userId: string;
  expiresAt: string;
  revoked: boolean;
}

/**
 * Sessions and their revocation. The database is the truth and is asked on a miss and whenever Redis is away;
 * when neither answers, the database's error goes up and nobody is let in.
 */
@Injectable()
export class AuthCacheService {
  private readonly sessions: RedisCache<CachedSession>;

  constructor(
    redis: RedisService,
    private readonly repository: SessionRepository,
  ) {
    this.sessions = redis.cache<CachedSession>('session', {
      ttl: 30_000,
      negativeTtl: 5_000,
      // Asked for on every request. A revocation takes effect in milliseconds, and within a second come what may.
      near: { ttl: 1_000 },
    });
  }

  /** Whether the session exists, belongs to the user, has not been revoked and has not run out. */
  async isValid(user: AuthenticatedUser): Promise<boolean> {
    const session = await this.sessions.getOrSet(user.sessionId, () => this.load(user.sessionId));
    return (
      session !== null &&
      session.userId === user.id &&
      !session.revoked &&
      Date.parse(session.expiresAt) > Date.now()
    );
  }

  /**
   * Makes a revocation known to every process. Call it after the database has it and before the answer is sent:
   * the other way round, a reader in between would cache the session as valid again.
   */
  async forget(sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length > 0) await this.sessions.delete(sessionIds);
  }

  private async load(sessionId: string): Promise<CachedSession | null> {
    const session = await this.repository.find(sessionId);
    if (!session) return null;
    return {
      userId: session.userId,
      expiresAt: session.expiresAt.toISOString(),
      revoked: session.revokedAt !== null,
    };
  }
}
