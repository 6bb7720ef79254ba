import { type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { HttpRequest } from '../http-request';

const PUBLIC = 'sluice:public';

/** Marks a handler or a controller that needs no token. Everything else does. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/**
 * Marks a handler that needs no token for requests that show something else instead, such as a signed link. Whether
 * it is genuine is for the handler to check; it has no current user then.
 */
export const PublicWhen = (shows: (request: HttpRequest) => boolean): CustomDecorator =>
  SetMetadata(PUBLIC, shows);

/** For guards: whether what is about to be called needs no token. */
export function isPublic(context: ExecutionContext): boolean {
  return [context.getHandler(), context.getClass()].some((target) => {
    const mark: unknown = Reflect.getMetadata(PUBLIC, target);
    if (typeof mark !== 'function') return mark === true;
    return mark(context.switchToHttp().getRequest<HttpRequest>()) === true;
  });
}
