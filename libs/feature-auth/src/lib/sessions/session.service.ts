import { Injectable } from '@nestjs/common';
import {
  type NewSession,
  type NewUser,
  type Session,
  SessionRepository,
  type User,
  UserRepository,
} from '@sluice/data-access-database';
import { type AuthenticatedUser, CursorCodec, list, type List, problem } from '@sluice/util-http';
import { z } from 'zod';
import type { SessionView, SignedIn } from '../http/auth.schemas';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from '../tokens/access-tokens';
import { RefreshTokens } from '../tokens/refresh-tokens';
import { AuthCacheService } from './auth-cache.service';

const SESSION_LIFETIME_MS = 30 * 24 * 60 * 60 * 1_000;

/** Within this time a replaced refresh token gets its successor again: two tabs, or an answer that was lost. */
const REFRESH_GRACE_MS = 10_000;

const MAX_USER_AGENT_LENGTH = 256;

const positionSchema = z.object({ id: z.string() });

/** Where a sign-in came from. */
export interface SignInOrigin {
  userAgent?: string | undefined;
  ip?: string | undefined;
}

/** Opens, prolongs and ends sessions. A session is a family of refresh tokens. */
@Injectable()
export class SessionService {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionRepository,
    private readonly cache: AuthCacheService,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly cursors: CursorCodec,
  ) {}

  async open(user: User, origin: SignInOrigin): Promise<{ session: Session; answer: SignedIn }> {
    const refreshToken = this.refreshTokens.create();
    const session = await this.sessions.create({ userId: user.id, ...this.begun(refreshToken, origin) });
    return { session, answer: await this.signedIn(user, session, refreshToken) };
  }

  /** Makes the user, too: both or neither. @throws DatabaseError `DATABASE_CONFLICT` when the e-mail is taken */
  async openForNew(newUser: NewUser, origin: SignInOrigin): Promise<SignedIn> {
    const refreshToken = this.refreshTokens.create();
    const { user, session } = await this.users.register(newUser, this.begun(refreshToken, origin));
    return this.signedIn(user, session, refreshToken);
  }

  /** @throws ProblemError 401 for a token that is unknown, of an ended session, or used once too often */
  async refresh(token: string): Promise<SignedIn> {
    const successor = this.refreshTokens.successorOf(token);
    const result = await this.sessions.rotate({
      presentedHash: this.refreshTokens.hash(token),
      successorHash: this.refreshTokens.hash(successor),
      graceMs: REFRESH_GRACE_MS,
    });
    if (result.outcome === 'reused') await this.cache.forget([result.session.id]);
    const user =
      result.outcome === 'rotated' || result.outcome === 'replayed'
        ? await this.users.findById(result.session.userId)
        : null;
    if (!user || !('session' in result)) {
      throw problem(401, { detail: 'The refresh token is not valid any more. Sign in again.' });
    }
    return this.signedIn(user, result.session, successor);
  }

  /** Active sessions, newest first. */
  async list(
    user: AuthenticatedUser,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<List<SessionView>> {
    const name = `sessions:${user.id}`;
    const before =
      page.cursor === undefined ? undefined : this.cursors.decode(name, page.cursor, positionSchema).id;
    // Ids are UUIDv7: their order is the order of creation.
    const active = (await this.sessions.listActive(user.id))
      .filter(({ id }) => before === undefined || id < before)
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    const shown = active.slice(0, page.limit);
    const last = shown.at(-1);
    const nextCursor =
      active.length > shown.length && last ? this.cursors.encode(name, { id: last.id }) : null;
    return list(
      shown.map((session) => view(session, user.sessionId)),
      nextCursor,
    );
  }

  /** @returns false when there is no such active session of this user */
  async end(sessionId: string, userId: string): Promise<boolean> {
    const ended = await this.sessions.revoke(sessionId, userId);
    // Even when it was ended before: the process that did it may not have reached Redis.
    await this.cache.forget([sessionId]);
    return ended;
  }

  /** Ends all sessions of a user, or all but one. */
  async endAll(userId: string, exceptSessionId?: string): Promise<void> {
    await this.cache.forget(await this.sessions.revokeAll(userId, exceptSessionId));
  }

  private begun(refreshToken: string, { userAgent, ip }: SignInOrigin): Omit<NewSession, 'userId'> {
    return {
      refreshHash: this.refreshTokens.hash(refreshToken),
      expiresAt: new Date(Date.now() + SESSION_LIFETIME_MS),
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH) }),
      ...(ip !== undefined && { ip }),
    };
  }

  private async signedIn(user: User, session: Session, refreshToken: string): Promise<SignedIn> {
    return {
      user: { id: user.id, email: user.email },
      accessToken: await this.accessTokens.sign({ id: user.id, sessionId: session.id }),
      refreshToken,
      expiresIn: ACCESS_TOKEN_SECONDS,
    };
  }
}

function view(session: Session, currentId: string): SessionView {
  return {
    id: session.id,
    current: session.id === currentId,
    createdAt: session.createdAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    userAgent: session.userAgent,
    ip: session.ip,
  };
}
