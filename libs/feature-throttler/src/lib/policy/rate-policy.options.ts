import type { OnRedisLoss } from '@sluice/util-http';

/**
 * What a limit counts by: `ip` the client's network, `user` who is signed in (without anybody: the network), `email`
 * the address in the body of the request (without one the limit does not hold).
 */
export type TrackedBy = 'user' | 'ip' | 'email';

export interface RatePolicyOptions {
  /** As it appears in headers, keys and metrics: lower-case letters, digits and dashes, at most 40. */
  name: string;
  /** How many requests in a window. 0 denies every request. */
  quota: number;
  /** In ms, from 1 to 30 days. */
  window: number;
  by: TrackedBy;
  /**
   * How many at once after a pause; what follows is let through evenly, `quota` per window. Default: the quota. Not
   * for an exact limit.
   */
  burst?: number;
  /**
   * True: never more than the quota in any window, wherever it begins. The time of each request is kept, so the quota
   * may be 1,000 at most. Default false: after a whole burst as many follow evenly within the window.
   */
  exact?: boolean;
  /** True: holds for every route that is not `@Unlimited()`. Default false: where `@RateLimit()` names it. */
  everywhere?: boolean;
  /** What becomes of requests while Redis cannot be asked. Default `local`. */
  onRedisLoss?: OnRedisLoss;
  /** True: must not open up, so `onRedisLoss: 'allow'` is refused, here and at every route. Default false. */
  neverOpens?: boolean;
}
