import { redisRequestScope } from '@sluice/data-access-redis';
import {
  type FaultProxy,
  type RedisProcess,
  startFaultProxy,
  startRedis,
  until,
} from '@sluice/testing-servers';
import type { RatePolicyOptions, TrackedBy, Trackers } from '../../index';
import {
  closeThrottlerApps,
  scriptCalls,
  type ThrottlerApp,
  hastyThrottlerApp,
} from '../../testing/throttler-app';
import { localNow } from '../local/local-clock';

let server: RedisProcess;
let proxy: FaultProxy;
let app: ThrottlerApp;

const POLICIES: RatePolicyOptions[] = [
  { name: 'default', quota: 10, window: 600_000, by: 'user', everywhere: true },
  { name: 'log', quota: 6, window: 600_000, by: 'user', exact: true },
  { name: 'closed', quota: 10, window: 600_000, by: 'user', onRedisLoss: 'deny' },
  { name: 'by-email', quota: 10, window: 600_000, by: 'email', exact: true },
];

beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  proxy = await startFaultProxy({ port: server.port });
  app = await hastyThrottlerApp(proxy.url, POLICIES);
  await app.ask('warm');
});
afterEach(async () => {
  await closeThrottlerApps();
  await proxy.close();
});
afterAll(() => server.stop());

const by = (trackers: Partial<Record<TrackedBy, string>>): Trackers => ({ of: (kind) => trackers[kind] });
const local = (name: string, tracker = 'who') => app.limit(name).local.left(tracker, localNow()).remaining;
const inRedis = async (name: string, tracker = 'who') => {
  const key = `${app.prefix}throttle:{${tracker}}:${name}`;
  const { policy } = app.limit(name);
  return policy.exact
    ? (await server.cli('GET', key)).length / 16
    : Math.max(0, Math.ceil((Number(await server.cli('PTTL', key)) * 1_000) / policy.intervalUs));
};

/** Decides while the answers of Redis are held back, and lets them come afterwards. */
async function decidedWithout<R>(decide: () => Promise<R>, asked = 1): Promise<R> {
  const before = await scriptCalls(server);
  proxy.hold('toClient');
  const decision = await decide();
  await until('Redis has counted', async () => (await scriptCalls(server)) >= before + asked);
  proxy.release('toClient');
  await app.client.ping(); // what was held has been read now
  return decision;
}

describe('an answer that comes after the deadline', () => {
  it('counts a request that was let through once: in Redis, and no longer here', async () => {
    const decision = await decidedWithout(() => app.ask('who', { policies: ['log'] }));
    expect(decision.verdict).toBe('allowed');
    expect([await inRedis('default'), await inRedis('log')]).toEqual([1, 1]);
    expect([local('default'), local('log')]).toEqual([10, 6]);
  });

  it('gives back what a request took that was refused meanwhile, for each tracker', async () => {
    const trackers = by({ user: 'who', email: 'mail' });
    const policies = ['closed', 'log', 'by-email'];
    // Within a request, which uses Redis no more then; giving back is not its work.
    const ask = () => redisRequestScope(() => app.ask(trackers, { policies }));
    const decision = await decidedWithout(ask, 2);
    expect(decision.verdict).toBe('unavailable');
    await until('given back', async () => {
      const counts = [inRedis('default'), inRedis('closed'), inRedis('log'), inRedis('by-email', 'mail')];
      return (await Promise.all(counts)).every((count) => count === 0);
    });
    expect([local('default'), local('log'), local('by-email', 'mail')]).toEqual([10, 6, 10]);
  });

  it('gives back what a request took that this process denied meanwhile', async () => {
    const now = localNow();
    app.limit('default').local.take('who', 10, now);
    const decision = await decidedWithout(() => app.ask('who'));
    expect(decision.verdict).toBe('denied');
    await until('given back', async () => (await inRedis('default')) === 0);
    expect(local('default')).toBe(0);
  });

  it('lets through a request that Redis would have denied, and denies the next', async () => {
    for (let i = 0; i < 6; i += 1) await app.ask('who', { policies: ['log'] });
    const decision = await decidedWithout(() => app.ask('who', { policies: ['log'] }));
    expect(decision.verdict).toBe('allowed');
    expect([await inRedis('log'), local('log')]).toEqual([6, 5]);
    const before = await scriptCalls(server);
    expect((await app.ask('who', { policies: ['log'] })).verdict).toBe('denied');
    expect(await scriptCalls(server)).toBe(before);
    expect(app.limit('log').outcomes).toMatchObject({ denied: 0, denied_local: 1, fallback_allowed: 1 });
  });

  it('to increment is counted once, too', async () => {
    const increment = () => app.storage.increment('key', 60_000, 2, 0, 'throttler');
    const late = await decidedWithout(increment);
    expect(late).toMatchObject({ isBlocked: false, totalHits: 1 });
    expect(await increment()).toMatchObject({ isBlocked: false, totalHits: 2 });
    const denied = await increment();
    expect(denied).toMatchObject({ isBlocked: true });
    // Nothing of the late one is left here: it has both of its own.
    await server.cli('FLUSHALL');
    proxy.drop('toClient');
    expect(
      [await increment(), await increment(), await increment()].map(({ isBlocked }) => isBlocked),
    ).toEqual([false, false, true]);
  });
});
