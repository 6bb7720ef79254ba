import { type CacheOutcome, redisRequestScope, type RedisRequestScope } from '@sluice/data-access-redis';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Runs each request inside a Redis scope, and completes the headers of each answer: what the caches did
 * (`Cache-Status`, RFC 9211), the id of the request, who may keep it, whether the connection ends with it.
 *
 * @param isEnding whether the process was told to end
 */
export function addRequestHooks(fastify: FastifyInstance, isEnding: () => boolean): void {
  const scopes = new WeakMap<FastifyRequest, RedisRequestScope>();
  fastify.addHook('onRequest', (request, _reply, done) =>
    redisRequestScope((scope) => {
      scopes.set(request, scope);
      done();
    }),
  );
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    const outcomes = scopes.get(request)?.cacheOutcomes ?? [];
    if (outcomes.length > 0) reply.header('Cache-Status', cacheStatus(outcomes));
    reply.header('X-Request-Id', String(request.id));
    // Answers are about somebody: nobody keeps them, unless the route said how.
    if (!reply.hasHeader('Cache-Control') && request.url.startsWith('/api'))
      reply.header('Cache-Control', 'no-store');
    // A kept connection would hold up the end, and a request sent on it just then would be lost.
    if (isEnding()) reply.header('Connection', 'close');
    done();
  });
}

function cacheStatus(outcomes: readonly CacheOutcome[]): string {
  return outcomes
    .map(({ cache, outcome }) => `${cache}; ${outcome === 'hit' ? 'hit' : 'fwd=miss'}`)
    .join(', ');
}
