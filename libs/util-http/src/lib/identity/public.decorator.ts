import { type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';

const PUBLIC = 'sluice:public';

/** Marks a handler or a controller that needs no token. Everything else does. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** For guards: whether what is about to be called was marked `@Public()`. */
export function isPublic(context: ExecutionContext): boolean {
  return [context.getHandler(), context.getClass()].some(
    (target) => Reflect.getMetadata(PUBLIC, target) === true,
  );
}
