import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type HttpRequest, isPublic, setCurrentUser } from '@sluice/util-http';
import { unauthenticated } from '../http/unauthenticated';
import { AccessTokens } from './access-tokens';

/** Who is it? Verifies the access token with no question to any store, and remembers the user for the rest. */
@Injectable()
export class AccessTokenGuard implements CanActivate {
  constructor(private readonly tokens: AccessTokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(context)) return true;
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const header = request.headers['authorization'];
    if (typeof header !== 'string')
      throw unauthenticated('Sign in and send the access token as a bearer token.');
    const token = /^Bearer +([^\s]+)$/i.exec(header)?.[1];
    const user = token === undefined ? undefined : await this.tokens.verify(token);
    if (!user)
      throw unauthenticated(
        'The access token is malformed, expired or not ours. Refresh it or sign in.',
        true,
      );
    setCurrentUser(request, user);
    return true;
  }
}
