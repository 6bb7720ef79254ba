import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';

const name = '@nest-lab/throttler-storage-redis';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'nest-lab',
    title: name,
    library: `${name} ${peerVersion(name)} (ioredis ${ioredisVersion})`,
    setUp:
      '`new ThrottlerStorageRedisService(client)`, `increment(client, ttl, limit, ttl, name)`, as the guard of @nestjs/throttler asks it (a client is blocked for `ttl` by default); several limits: one after the other',
    docs: 'https://github.com/jmcdo29/nest-lab/tree/main/packages/throttler-storage-redis',
    groups: ['allowed', 'denied', 'three', 'edge', 'lost'],
    open,
  },
];

async function open(url) {
  await import('reflect-metadata');
  const { ThrottlerStorageRedisService } = (await import('@nest-lab/throttler-storage-redis')).default;
  const client = await ioredisClient(url);
  // It knows a client by the class of its own copy of ioredis, which is another version here; it only calls `call`.
  const storage = Object.assign(new ThrottlerStorageRedisService({ lazyConnect: true }), { redis: client });
  const limiter = (limit) => {
    const ttl = limit.seconds * 1_000;
    return async (tracker) =>
      !(await storage.increment(tracker, ttl, limit.quota, ttl, limit.name)).isBlocked;
  };
  return {
    limiter,
    limiters: (limits) => {
      const deciders = limits.map(limiter);
      return async (tracker) => {
        for (const decide of deciders) if (!(await decide(tracker))) return false;
        return true;
      };
    },
    close: () => client.quit(),
  };
}
