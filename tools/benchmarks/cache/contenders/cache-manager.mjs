import { CacheableMemory } from '@cacheable/memory';
import KeyvRedis, { createKeyv as createKeyvRedis } from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { peerVersion } from '../../lib/package-version.mjs';
import { missing, TTL } from '../contender.mjs';

const library = `cache-manager ${peerVersion('cache-manager')} (keyv ${peerVersion('keyv')}, @keyv/redis ${peerVersion('@keyv/redis')})`;
// "Quick start": CacheableMemory as the first store and KeyvRedis as the second.
const docs = 'https://github.com/jaredwray/cacheable/blob/main/packages/cache-manager/README.md#quick-start';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'cache-manager-near',
    title: 'cache-manager, CacheableMemory + @keyv/redis',
    library,
    setUp:
      '`stores: [new Keyv({ store: new CacheableMemory({ ttl, lruSize: 20_000 }) }), new Keyv({ store: new KeyvRedis(url) })]`; `wrap`',
    docs,
    groups: ['near', 'cold'],
    open: (url) =>
      open([
        new Keyv({ store: new CacheableMemory({ ttl: TTL, lruSize: 20_000 }) }),
        new Keyv({ store: new KeyvRedis(url) }),
      ]),
  },
  {
    id: 'cache-manager-bare',
    title: 'cache-manager, createCache()',
    library,
    setUp: '`createCache()`: this process only, without bound or expiry; `wrap`',
    docs,
    groups: ['near'],
    open: () => open(undefined),
  },
  {
    id: 'cache-manager-redis',
    title: 'cache-manager, @keyv/redis',
    library,
    setUp: '`stores: [createKeyv(url)]` of @keyv/redis; `wrap`, `mget`',
    docs: 'https://github.com/jaredwray/keyv/blob/main/storage/redis/README.md#using-the-createkeyv-function',
    groups: ['redis', 'bulk', 'cold'],
    open: (url) => open([createKeyvRedis(url)]),
  },
];

async function open(stores) {
  const cache = stores ? createCache({ stores, ttl: TTL }) : createCache();
  return {
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.wrap(key, missing),
    getMany: (keys) => cache.mget(keys),
    load: (key, loader) => cache.wrap(key, loader),
    close: () => cache.disconnect(),
  };
}
