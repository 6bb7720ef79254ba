import { type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';

/**
 * What becomes of a request whose limits cannot be looked up: counted in this process alone, refused with 503, or
 * let through uncounted.
 */
export type OnRedisLoss = 'local' | 'deny' | 'allow';

/** What a route asks for beyond the limits that hold everywhere. */
export interface RateLimitOptions {
  /** Names of further limits that hold here, as the app has declared them. Default none. */
  policies?: readonly string[];
  /**
   * False: limits that hold everywhere do not hold here, only those that are named; one has to be. For what is asked
   * for many times at once by its nature, such as thumbnails. Default true.
   */
  everywhere?: boolean;
  /** What one request takes from each of its limits. A whole number of at least 1; default 1. */
  cost?: number;
  /**
   * For the limits named here, and when none is named, for those that hold everywhere. Default: what each limit says
   * of itself. `allow` is refused at start for limits that may never open up, such as those of sign-in.
   */
  onRedisLoss?: OnRedisLoss;
}

const RATE_LIMIT = 'sluice:rate-limit';
const UNLIMITED = 'sluice:unlimited';

/**
 * Declares the limits of a handler, or of all handlers of a controller; what stands at the handler replaces what
 * stands at its controller.
 *
 * @example
 * ```ts
 * @Post()
 * @RateLimit({ policies: ['image-creation'] })
 * create() {}
 * ```
 */
export const RateLimit = (options: RateLimitOptions): CustomDecorator => SetMetadata(RATE_LIMIT, options);

/** Marks a handler or a controller for which no limit holds: what probes and scrapers ask. */
export const Unlimited = (): CustomDecorator => SetMetadata(UNLIMITED, true);

/** For guards: what the handler that is about to be called, or its controller, has declared by `@RateLimit()`. */
export function rateLimitOf(
  context: Pick<ExecutionContext, 'getHandler' | 'getClass'>,
): RateLimitOptions | undefined {
  for (const target of [context.getHandler(), context.getClass()]) {
    const options = Reflect.getMetadata(RATE_LIMIT, target) as RateLimitOptions | undefined;
    if (options) return options;
  }
  return undefined;
}

/** For guards: whether what is about to be called was marked `@Unlimited()`. */
export function isUnlimited(context: Pick<ExecutionContext, 'getHandler' | 'getClass'>): boolean {
  return [context.getHandler(), context.getClass()].some(
    (target) => Reflect.getMetadata(UNLIMITED, target) === true,
  );
}
