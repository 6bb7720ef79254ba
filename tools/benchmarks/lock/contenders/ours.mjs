import { endOfOurLease } from '../../lib/our-lease.mjs';
import { workspaceVersion } from '../../lib/package-version.mjs';

const PREFIX = 'ours:';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'ours',
    title: 'Sluice',
    library: `@sluice/data-access-redis (ioredis ${workspaceVersion('node_modules/ioredis')})`,
    setUp:
      '`RedisModule` with its defaults; `acquire(name, { ttl, wait: 60_000 })` and `release`: waiting in line, renewal, a fencing token',
    docs: 'libs/data-access-redis',
    groups: ['cycle', 'contended', 'held'],
    open,
    endsAt: (client, name) => endOfOurLease(client, `${PREFIX}lock:{${name}}`),
  },
];

async function open(url) {
  await import('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { RedisLockService, RedisModule } = await import('@sluice/data-access-redis');
  const app = await NestFactory.createApplicationContext(RedisModule.forRoot({ url, keyPrefix: PREFIX }), {
    logger: ['warn', 'error'],
  });
  const locks = app.get(RedisLockService);
  return {
    acquire: (name, ttl) => locks.acquire(name, { ttl, wait: 60_000 }),
    hold: async (name, ttl, onLost) => {
      const lock = await locks.acquire(name, { ttl, wait: 60_000 });
      lock.signal.addEventListener('abort', onLost);
      return { isHeld: () => lock.isHeld, token: lock.fencingToken };
    },
    close: () => app.close(),
  };
}
