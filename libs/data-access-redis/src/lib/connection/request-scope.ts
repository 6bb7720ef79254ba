import { AsyncLocalStorage } from 'node:async_hooks';

/** How one cache answered, in the words of the `Cache-Status` header (RFC 9211). */
export interface CacheOutcome {
  cache: string;
  outcome: 'hit' | 'miss';
}

/** What Redis did within one request. */
export interface RedisRequestScope {
  /** True after the first timeout: the rest of the request goes without Redis. */
  gaveUp: boolean;
  readonly cacheOutcomes: CacheOutcome[];
}

const storage = new AsyncLocalStorage<RedisRequestScope>();

/**
 * Runs one request. Within it at most one Redis timeout is waited for: after the first, every further call of
 * the same request is refused at once with `REDIS_UNAVAILABLE`, so that a slow Redis costs a request one
 * deadline and not one per command.
 *
 * @example
 * ```ts
 * fastify.addHook('onRequest', (request, reply, done) => redisRequestScope(() => done()));
 * ```
 */
export function redisRequestScope<R>(work: (scope: RedisRequestScope) => R): R {
  const scope: RedisRequestScope = { gaveUp: false, cacheOutcomes: [] };
  return storage.run(scope, () => work(scope));
}

/** The scope of the request that is being served, if any. */
export function currentRedisScope(): RedisRequestScope | undefined {
  return storage.getStore();
}

/** Runs background work that a request started, but that must not inherit its patience. */
export function outsideRedisScope<R>(work: () => R): R {
  return storage.exit(work);
}
