import { RedisTimeoutError } from './redis.errors';

/**
 * Rejects with `REDIS_TIMEOUT` when `reply` has not settled within `timeoutMs`. When the event loop itself was
 * late, the reply may already lie in the socket while the timer fires first; one more turn lets it be read, so
 * that our own slowness is not taken for the server's.
 */
export function withDeadline<R>(reply: Promise<R>, command: string, timeoutMs: number): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new RedisTimeoutError(command, timeoutMs)));
    }, timeoutMs);
    reply.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error as Error);
      },
    );
  });
}
