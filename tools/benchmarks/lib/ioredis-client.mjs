import { peerVersion } from './package-version.mjs';

export const ioredisVersion = peerVersion('ioredis-6');

/**
 * The connection that every peer is given: ioredis with the options of its README, which are none. What its events
 * say of a lost server is left to the peer's own calls.
 *
 * @param {string} url
 * @param {import('ioredis-6').RedisOptions} [options] where the peer's authors ask for some
 */
export async function ioredisClient(url, options = {}) {
  const { Redis } = await import('ioredis-6');
  const client = new Redis(url, options);
  client.on('error', () => undefined);
  if (client.status !== 'ready') await new Promise((ready) => client.once('ready', ready));
  return client;
}
