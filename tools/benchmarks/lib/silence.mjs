import { startFaultProxy } from '@sluice/testing-servers';

/** Ways in which Redis says nothing any more, and breaks no connection: nobody is told of it. */
export const SILENCES = ['frozen', 'black hole'];

/**
 * `frozen`: the server's process is stopped (SIGSTOP). `black hole`: a proxy swallows everything, both ways, while the
 * server lives on.
 *
 * @param {string} how
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @returns {Promise<{ url: string, begin: () => void, end: () => unknown }>} `url`: what contenders connect to
 */
export async function silence(how, redis) {
  if (how === 'frozen') return { url: redis.url, begin: () => redis.freeze(), end: () => redis.thaw() };
  const proxy = await startFaultProxy({ port: redis.port });
  return { url: proxy.url, begin: () => proxy.drop('both'), end: () => proxy.close() };
}
