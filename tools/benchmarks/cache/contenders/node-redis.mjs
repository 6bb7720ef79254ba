import { peerVersion } from '../../lib/package-version.mjs';
import { TTL } from '../contender.mjs';

const library = `redis ${peerVersion('redis')}`;
// "Client Side Caching": RESP 3 and `clientSideCache`, with the values shown there (nothing expires, unbounded).
const docs = 'https://github.com/redis/node-redis/blob/master/docs/v5.md#client-side-caching';
const cached = { RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' } };

const parsed = (client) => ({
  get: async (key) => JSON.parse(await client.get(key)),
  getMany: async (keys) => (await client.mGet(keys)).map((text) => JSON.parse(text)),
});
const bare = (client) => ({ get: (key) => client.get(key) });

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'node-redis-near-parse',
    title: 'node-redis, client-side cache + JSON.parse',
    library,
    setUp:
      '`RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" }`; `JSON.parse(await client.get(key))`',
    docs,
    groups: ['near'],
    open: (url) => open(url, cached, parsed),
  },
  {
    id: 'node-redis-near-bare',
    title: 'node-redis, client-side cache, text',
    library,
    setUp: 'the same; `client.get(key)`',
    docs,
    groups: ['near'],
    bare: true,
    open: (url) => open(url, cached, bare),
  },
  {
    id: 'node-redis-parse',
    title: 'node-redis + JSON.parse',
    library,
    setUp:
      '`RESP: 3` (commands of a tick are pipelined by default); `JSON.parse(await client.get(key))`, the same over `mGet`',
    docs: 'https://github.com/redis/node-redis/blob/master/README.md#auto-pipelining',
    groups: ['redis', 'bulk'],
    open: (url) => open(url, { RESP: 3 }, parsed),
  },
];

async function open(url, options, reads) {
  const { createClient } = await import('redis');
  const client = createClient({ url, ...options });
  client.on('error', () => undefined);
  await client.connect();
  return {
    set: (key, value) => client.set(key, JSON.stringify(value), { PX: TTL }),
    ...reads(client),
    close: () => client.close(),
  };
}
