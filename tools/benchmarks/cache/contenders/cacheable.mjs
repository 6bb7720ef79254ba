import { peerVersion } from '../../lib/package-version.mjs';
import { missing, TTL } from '../contender.mjs';

const library = `cacheable ${peerVersion('cacheable')} (@cacheable/memory ${peerVersion('@cacheable/memory')}, @keyv/redis ${peerVersion('@keyv/redis')})`;
// "Non-Blocking with @keyv/redis", the set-up that @keyv/redis recommends for performance; the primary is the
// default one, which has no bound. The README of @cacheable/memory calls the option `useClones`, its code `useClone`.
const docs =
  'https://github.com/jaredwray/cacheable/blob/main/packages/cacheable/README.md#non-blocking-with-keyvredis';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'cacheable-near-cloned',
    title: 'cacheable, memory + @keyv/redis, clones',
    library,
    setUp:
      '`primary: createKeyv()`, the default, without bound (`useClone: true` is the default, too), `secondary: createKeyvNonBlocking(url)`, `nonBlocking: true`; `getOrSet`',
    docs,
    groups: ['near'],
    open: (url) => open(() => near(url, {})),
  },
  {
    id: 'cacheable-near-shared',
    title: 'cacheable, memory + @keyv/redis, no clones',
    library,
    setUp: 'the same with `useClone: false`; `getOrSet`',
    docs: 'https://github.com/jaredwray/cacheable/blob/main/packages/memory/README.md',
    groups: ['near'],
    open: (url) => open(() => near(url, { useClone: false })),
  },
  {
    id: 'cacheable-near-serialized',
    title: 'cacheable, Keyv in memory + @keyv/redis, serialized',
    library,
    setUp: 'the same with `primary: new Keyv()`, which keeps JSON, without bound; `getOrSet`',
    docs: 'https://github.com/jaredwray/cacheable/blob/main/packages/cacheable/README.md#storage-tiering-and-caching',
    groups: ['near'],
    open: (url) => open(() => near(url)),
  },
  {
    id: 'cacheable-redis',
    title: 'cacheable, @keyv/redis only',
    library,
    setUp: '`primary: createKeyv(url)` of @keyv/redis; `getOrSet`, `getMany`',
    docs,
    groups: ['redis', 'bulk', 'cold'],
    open: (url) => open(() => redisOnly(url)),
  },
];

async function near(url, memory) {
  const { createKeyv } = await import('@cacheable/memory');
  const { createKeyvNonBlocking } = await import('@keyv/redis');
  const { Keyv } = await import('keyv');
  return {
    primary: memory ? createKeyv(memory) : new Keyv(),
    secondary: createKeyvNonBlocking(url),
    nonBlocking: true,
  };
}

async function redisOnly(url) {
  const { createKeyv } = await import('@keyv/redis');
  return { primary: createKeyv(url) };
}

async function open(makeStores) {
  const { Cacheable } = await import('cacheable');
  const cache = new Cacheable({ ttl: TTL, ...(await makeStores()) });
  return {
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.getOrSet(key, missing),
    getMany: (keys) => cache.getMany(keys),
    load: (key, loader) => cache.getOrSet(key, loader),
    close: () => cache.disconnect(),
  };
}
