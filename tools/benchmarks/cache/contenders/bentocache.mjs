import { peerVersion } from '../../lib/package-version.mjs';
import { missing, TTL } from '../contender.mjs';

const library = `bentocache ${peerVersion('bentocache')} (ioredis ${peerVersion('ioredis')}, the major it asks for)`;
// L1 + L2 + bus as shown there; cache-drivers recommends `serialize: false` "for a much faster throughput".
const multiTier = 'https://bentocache.dev/docs/multi-tier';
const drivers = 'https://bentocache.dev/docs/cache-drivers';
const store = 'cache';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'bentocache-near-serialized',
    title: 'bentocache, memory + Redis + bus, serialized',
    library,
    setUp:
      '`memoryDriver({ maxSize: "64mb", maxItems: 20_000 })` (`serialize: true` is the default), `redisDriver`, `redisBusDriver`; `getOrSet`',
    docs: multiTier,
    groups: ['near', 'cold'],
    open: (url) => open(url, { memory: { maxSize: '64mb', maxItems: 20_000 } }),
  },
  {
    id: 'bentocache-near-shared',
    title: 'bentocache, memory + Redis + bus, not serialized',
    library,
    setUp:
      '`memoryDriver({ serialize: false, maxItems: 20_000 })`, `redisDriver`, `redisBusDriver`; `getOrSet`',
    docs: drivers,
    groups: ['near'],
    open: (url) => open(url, { memory: { serialize: false, maxItems: 20_000 } }),
  },
  {
    id: 'bentocache-redis',
    title: 'bentocache, Redis only',
    library,
    setUp: '`redisDriver`; `getOrSet`',
    docs: drivers,
    groups: ['redis', 'cold'],
    open: (url) => open(url, {}),
  },
  {
    id: 'bentocache-redis-pipelined',
    title: 'bentocache, Redis only, auto-pipelined',
    library,
    setUp: '`redisDriver` on a connection with `enableAutoPipelining: true`; `getOrSet`',
    docs: drivers,
    groups: ['redis'],
    open: (url) => open(url, { connection: { enableAutoPipelining: true } }),
  },
];

async function open(url, { memory, connection = {} }) {
  const { BentoCache, bentostore } = await import('bentocache');
  const { memoryDriver } = await import('bentocache/drivers/memory');
  const { redisBusDriver, redisDriver } = await import('bentocache/drivers/redis');
  const { hostname: host, port } = new URL(url);
  const redis = { host, port: Number(port), ...connection };
  const layers = bentostore().useL2Layer(redisDriver({ connection: redis }));
  if (memory) layers.useL1Layer(memoryDriver(memory)).useBus(redisBusDriver({ connection: redis }));
  const bento = new BentoCache({ default: store, stores: { [store]: layers }, ttl: TTL });
  return {
    set: (key, value) => bento.set({ key, value }),
    get: (key) => bento.getOrSet({ key, factory: missing }),
    load: (key, loader) => bento.getOrSet({ key, factory: loader }),
    close: () => bento.disconnectAll(),
  };
}
