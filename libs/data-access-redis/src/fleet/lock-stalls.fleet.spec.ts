import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import type { RedisLock } from '../index';
import { FleetProcess } from '../testing/fleet/fleet-process';
import type { HeldState } from '../testing/fencing/held-commands';
import { closeRedisApps, redisApp, until } from '../testing/redis-test-app';
import type { RedisTestApp } from '../testing/redis-test-app';

// Each test is a row of the table of faults in docs/guides/coordination.md: what becomes of the process of a holder, what
// it is told, and what becomes of those who wait.

const TTL_MS = 1_500;
const LOST = { isHeld: false, loss: 'LOCK_LOST' };

let redis: RedisProcess;
let app: RedisTestApp;
let holder: FleetProcess;
let token: number;
/** Of one in another process, who waits for the lock. */
let waiting: Promise<RedisLock>;

beforeEach(async () => {
  redis = await startRedis();
  app = await redisApp(redis.url, { keyPrefix: `fleet-${randomUUID()}:` });
  holder = await FleetProcess.start({
    redisUrl: redis.url,
    keyPrefix: app.prefix,
    main: join(__dirname, '../testing/fencing/holder-main.ts'),
  });
  token = await holder.call('hold', { resource: 'a', ttl: TTL_MS });
  waiting = app.locks.acquire('a', { wait: 60_000 });
  await until(
    'somebody waits',
    async () => (await redis.cli('ZCARD', `${app.prefix}lock:{a}:queue`)) === '1',
  );
});

afterEach(async () => {
  await holder.kill();
  await closeRedisApps();
  await redis.stop();
});

/** By the clock of the server, which is ours. */
async function end(): Promise<number> {
  const [, ends] = (await redis.cli('GET', `${app.prefix}lock:{a}`)).split(/[ !?]/);
  return Number(ends);
}

it.each<[string, string, unknown]>([
  ['isHeld is false at once, also in the same turn of the loop', 'busy', expect.objectContaining(LOST)],
  ['its signal aborts in the next turn of the loop, whether it asks or not', 'busyUnaware', true],
])(
  'The event loop of the holder is blocked for longer than the lease: %s; who waits has the lock meanwhile',
  async (_, busy, outcome) => {
    const blocked = holder.call(busy, 2 * TTL_MS);
    const next = await waiting;
    expect(next.fencingToken).toBeGreaterThan(token);
    expect(await Promise.race([blocked, 'still blocked'])).toBe('still blocked');
    expect(await blocked).toEqual(outcome);
    expect(next.isHeld).toBe(true);
  },
);

it('The process of the holder is stopped for longer than the lease: it is told when it goes on; who waits has the lock meanwhile', async () => {
  holder.freeze();
  const next = await waiting;
  expect(next.fencingToken).toBeGreaterThan(token);
  holder.thaw();
  expect(await holder.call('held')).toMatchObject(LOST);
  await until('told', async () => (await holder.call<HeldState>('held')).isTold);
  expect(next.isHeld).toBe(true);
});

it('The process of the holder is killed: who waits has the lock when the lease has ended, and not before', async () => {
  await holder.kill();
  const ends = await end();
  expect((await waiting).fencingToken).toBeGreaterThan(token);
  expect(Date.now()).toBeGreaterThanOrEqual(ends);
  expect(Date.now()).toBeLessThan(ends + 1_500);
});
