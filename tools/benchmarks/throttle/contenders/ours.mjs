import { workspaceVersion } from '../../lib/package-version.mjs';
import { limits, three } from '../contender.mjs';

const library = `@sluice/feature-throttler (ioredis ${workspaceVersion('node_modules/ioredis')})`;
const docs = 'docs/guides/rate-limits.md';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'ours',
    title: 'Sluice',
    library,
    setUp:
      '`ThrottlerModule.forRoot({ policies: [{ name, quota, window, by: "ip" }] })` with its defaults; what the guard asks: `RateLimiter.decide(plan, trackers)`',
    docs,
    groups: ['allowed', 'denied', 'three', 'edge', 'lost'],
    open: (url) => open(url, guarded),
  },
  {
    id: 'ours-exact',
    title: 'Sluice, exact',
    library,
    setUp: 'the same with `exact: true`: the time of each request is kept',
    docs,
    groups: ['edge'],
    open: (url) => open(url, guarded, { exact: true }),
  },
  {
    id: 'ours-storage',
    title: 'Sluice, storage of @nestjs/throttler',
    library,
    setUp:
      '`ThrottlerStorageRedisService.increment(client, ttl, limit, ttl, name)`, as the guard of @nestjs/throttler asks it: nothing is remembered in the process',
    docs,
    groups: ['allowed', 'denied', 'edge', 'lost'],
    open: (url) => open(url, stored),
  },
];

async function open(url, limitersOf, options = {}) {
  await import('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { RedisModule } = await import('@sluice/data-access-redis');
  const throttler = await import('@sluice/feature-throttler');
  const { HttpModule } = await import('@sluice/util-http');
  const policies = [...Object.values(limits), ...three]
    .filter(({ quota }) => !options.exact || quota <= 1_000)
    .map(({ name, quota, seconds }) => ({ name, quota, window: seconds * 1_000, by: 'ip', ...options }));
  const app = await NestFactory.createApplicationContext(
    {
      module: class Benchmark {},
      imports: [
        RedisModule.forRoot({ url, keyPrefix: 'ours:' }),
        HttpModule.forRoot({ secret: 'a secret of a benchmark, which guards nothing' }),
        throttler.ThrottlerModule.forRoot({ policies }),
      ],
    },
    { logger: ['error'] }, // That Redis is lost is what is measured here, and warned of.
  );
  return { ...limitersOf(app, throttler), close: () => app.close() };
}

function guarded(app, { RateLimiter, RatePlans }) {
  const limiter = app.get(RateLimiter);
  const decide = (wanted) => {
    const plan = app.get(RatePlans).for({ policies: wanted.map(({ name }) => name) });
    return (client) => {
      const decision = limiter.decide(plan, { of: () => client });
      return decision instanceof Promise ? decision.then(passes) : passes(decision);
    };
  };
  return { limiter: (limit) => decide([limit]), limiters: decide };
}

function passes({ verdict }) {
  return verdict === 'allowed';
}

function stored(app, { ThrottlerStorageRedisService }) {
  const storage = app.get(ThrottlerStorageRedisService);
  return {
    limiter: ({ name, quota, seconds }) => {
      const ttl = seconds * 1_000;
      return async (client) => !(await storage.increment(client, ttl, quota, ttl, name)).isBlocked;
    },
  };
}
