import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { currentUser, type HttpRequest, isPublic } from '@sluice/util-http';
import { unauthenticated } from '../http/unauthenticated';
import { AuthCacheService } from './auth-cache.service';

/** Is the session still valid? Comes after `AccessTokenGuard`; a session revoked anywhere is refused here. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly sessions: AuthCacheService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(context)) return true;
    const user = currentUser(context.switchToHttp().getRequest<HttpRequest>());
    if (!user) throw new Error('SessionGuard ran without AccessTokenGuard before it');
    if (await this.sessions.isValid(user)) return true;
    throw unauthenticated('The session has ended. Sign in again.', true);
  }
}
