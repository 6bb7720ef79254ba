import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { SessionRepository } from '@sluice/data-access-database';
import type { FastifyRequest } from 'fastify';

export interface SignedInRequest extends FastifyRequest {
  userId: string;
}

interface CachedSession {
  userId: string;
  expiresAt: string;
  revoked: boolean;
}

const SESSION_TTL_MS = 30_000;

/** As https://docs.nestjs.com/security/authentication has it, and whether the session still holds. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(JwtService) private readonly jwt: JwtService,
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    @Inject(SessionRepository) private readonly sessions: SessionRepository,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    const [type, token] = request.headers.authorization?.split(' ') ?? [];
    if (type !== 'Bearer' || !token) throw new UnauthorizedException();
    const { sub, sid } = await this.verify(token);
    const session = await this.cache.wrap(`session:${sid}`, () => this.load(sid), SESSION_TTL_MS);
    const holds = session?.userId === sub && !session.revoked && Date.parse(session.expiresAt) > Date.now();
    if (!holds) throw new UnauthorizedException();
    request.userId = sub;
    return true;
  }

  private async verify(token: string): Promise<{ sub: string; sid: string }> {
    try {
      return await this.jwt.verifyAsync(token);
    } catch {
      throw new UnauthorizedException();
    }
  }

  private async load(id: string): Promise<CachedSession | undefined> {
    const session = await this.sessions.find(id);
    if (!session) return undefined;
    const { userId, expiresAt, revokedAt } = session;
    return { userId, expiresAt: expiresAt.toISOString(), revoked: revokedAt !== null };
  }
}
