import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../http-request';

/** Who is asking: the user, and the session that the token belongs to. */
export interface AuthenticatedUser {
  readonly id: string;
  readonly sessionId: string;
}

const users = new WeakMap<HttpRequest, AuthenticatedUser>();

/** For the guard that verified the token. */
export function setCurrentUser(request: HttpRequest, user: AuthenticatedUser): void {
  users.set(request, user);
}

/** Who is asking, or nobody: on public routes and before the guard ran. */
export function currentUser(request: HttpRequest): AuthenticatedUser | undefined {
  return users.get(request);
}

/** Who is asking, in a handler that is not `@Public()`. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const user = currentUser(context.switchToHttp().getRequest<HttpRequest>());
  if (!user) throw new Error('@CurrentUser() on a route that no guard protects');
  return user;
});
