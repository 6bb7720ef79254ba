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
    open: (url) => open(() => twoStores(url)),
  },
  {
    id: 'cache-manager-bare',
    title: 'cache-manager, createCache()',
    library,
    setUp: '`createCache()`: this process only, without bound or expiry; `wrap`',
    docs,
    groups: ['near'],
    open: () => open(() => undefined),
  },
  {
    id: 'cache-manager-redis',
    title: 'cache-manager, @keyv/redis',
    library,
    setUp: '`stores: [createKeyv(url)]` of @keyv/redis; `wrap`, `mget`',
    docs: 'https://github.com/jaredwray/keyv/blob/main/storage/redis/README.md#using-the-createkeyv-function',
    groups: ['redis', 'bulk', 'cold'],
    open: (url) => open(() => oneStore(url)),
  },
];

async function twoStores(url) {
  const { CacheableMemory } = await import('@cacheable/memory');
  const { default: KeyvRedis } = await import('@keyv/redis');
  const { Keyv } = await import('keyv');
  return [
    new Keyv({ store: new CacheableMemory({ ttl: TTL, lruSize: 20_000 }) }),
    new Keyv({ store: new KeyvRedis(url) }),
  ];
}

async function oneStore(url) {
  const { createKeyv } = await import('@keyv/redis');
  return [createKeyv(url)];
}

async function open(makeStores) {
  const { createCache } = await import('cache-manager');
  const stores = await makeStores();
  const cache = stores ? createCache({ stores, ttl: TTL }) : createCache();
  return {
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.wrap(key, missing),
    getMany: (keys) => cache.mget(keys),
    load: (key, loader) => cache.wrap(key, loader),
    close: () => cache.disconnect(),
  };
}
