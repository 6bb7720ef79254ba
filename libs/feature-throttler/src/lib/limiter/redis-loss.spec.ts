import { Logger } from '@nestjs/common';
import {
  type FaultProxy,
  type RedisProcess,
  startFaultProxy,
  startRedis,
  startStopwatch,
  until,
} from '@sluice/testing-servers';
import { redisRequestScope } from '@sluice/data-access-redis';
import type { OnRedisLoss } from '@sluice/util-http';
import type { RatePolicyOptions } from '../../index';
import {
  closeThrottlerApps,
  everywhere,
  type ThrottlerApp,
  hastyThrottlerApp,
} from '../../testing/throttler-app';
import { localNow } from '../local/local-clock';

let server: RedisProcess;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  proxy = await startFaultProxy({ port: server.port });
});
afterEach(async () => {
  server.thaw();
  await closeThrottlerApps();
  await proxy.close();
  if (!server.running) await server.restart();
});
afterAll(() => server.stop());

const POLICY: RatePolicyOptions = {
  name: 'default',
  quota: 10,
  window: 600_000,
  by: 'user',
  everywhere: true,
};
const LOSSES: [string, () => Promise<void> | void][] = [
  ['killed', () => server.kill()],
  ['frozen', () => server.freeze()],
  ['black-holed', () => proxy.drop()],
  ['refused', async () => void (await proxy.refuse(), proxy.cut())],
];
/** The deadline is 50 ms. */
const MOST_MS = 400;

async function verdicts(app: ThrottlerApp, count: number, options?: Parameters<ThrottlerApp['ask']>[1]) {
  const verdicts: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const watch = startStopwatch();
    verdicts.push((await app.ask('who', options)).verdict);
    expect(watch.stop()).toBeLessThan(MOST_MS);
  }
  return verdicts;
}

const times = (count: number, verdict: string) => new Array<string>(count).fill(verdict);

describe.each(LOSSES)('Redis %s', (_, lose) => {
  it.each<[OnRedisLoss, string[]]>([
    ['local', [...times(10, 'allowed'), ...times(5, 'denied')]],
    ['deny', times(15, 'unavailable')],
    ['allow', times(15, 'allowed')],
  ])('%s: decides within the deadline, each time', async (onRedisLoss, expected) => {
    const app = await hastyThrottlerApp(proxy.url, [POLICY]);
    await app.ask('warm');
    await lose();
    expect(await verdicts(app, 15, { onRedisLoss })).toEqual(expected);
  });

  it('is counted in again when it is back', async () => {
    const app = await hastyThrottlerApp(proxy.url, [POLICY]);
    await lose();
    await verdicts(app, 3);
    if (server.running) server.thaw();
    else await server.restart();
    await proxy.heal();
    await until('Redis counts', async () => {
      await app.ask(`probe-${Math.random()}`);
      return (await server.cli('--scan', '--pattern', `${app.prefix}*probe*`)) !== '';
    });
  });
});

describe('a process alone', () => {
  it('answers at once, without a promise, once the circuit is open', async () => {
    const app = await hastyThrottlerApp(proxy.url, [POLICY]);
    await app.ask('warm');
    server.freeze();
    await until('the circuit is open', async () => {
      await app.ask('probe');
      return app.client.state.circuit === 'open';
    });
    expect(app.limiter.decide(app.plans.for(), everywhere('who'))).toMatchObject({ verdict: 'allowed' });
    expect(app.limit('default').outcomes).toMatchObject({ fallback_denied: expect.any(Number), allowed: 1 });
  });

  it.each([
    [4, 10, 2], // a quarter, rounded down
    [3, 10, 3],
    [100, 10, 1], // at least one, or nobody would be served
  ])('of %i, with a limit of %i, lets through %i', async (instances, quota, part) => {
    for (const exact of [false, true]) {
      const app = await hastyThrottlerApp('redis://127.0.0.1:1', [{ ...POLICY, quota, exact }], {
        instances,
      });
      expect(await verdicts(app, part + 2)).toEqual([...times(part, 'allowed'), ...times(2, 'denied')]);
    }
  });

  it('counts what a request costs, and takes what is beyond its part for its part', async () => {
    const app = await hastyThrottlerApp('redis://127.0.0.1:1', [POLICY], { instances: 2 });
    expect((await app.ask('who', { cost: 3 })).verdict).toBe('allowed');
    expect((await app.ask('who', { cost: 3 })).verdict).toBe('denied');
    expect((await app.ask('another', { cost: 10 })).verdict).toBe('allowed');
    expect((await app.ask('another')).verdict).toBe('denied');
  });

  it('still denies whom Redis had denied', async () => {
    const app = await hastyThrottlerApp(proxy.url, [{ ...POLICY, quota: 1 }]);
    await app.ask('who');
    expect((await app.ask('who')).verdict).toBe('denied');
    await server.kill();
    expect(await verdicts(app, 3)).toEqual(times(3, 'denied'));
  });

  it('remembers only so many, and forgets who came longest ago', async () => {
    const policies = [
      { ...POLICY, quota: 1 },
      { ...POLICY, name: 'exact', quota: 1, exact: true },
    ];
    const app = await hastyThrottlerApp('redis://127.0.0.1:1', policies, { maxTrackers: 50 });
    for (let i = 0; i < 51; i += 1) await app.ask(`who-${i}`);
    expect((await app.ask('who-50')).verdict).toBe('denied');
    expect((await app.ask('who-1')).verdict).toBe('denied');
    expect((await app.ask('who-0')).verdict).toBe('allowed');
  });

  it('looks at all limits before it takes from any, and one that says deny decides for all', async () => {
    const policies: RatePolicyOptions[] = [
      { ...POLICY, quota: 100 },
      { ...POLICY, name: 'few', quota: 1, exact: true },
      { ...POLICY, name: 'closed', everywhere: false, onRedisLoss: 'deny' },
    ];
    const app = await hastyThrottlerApp('redis://127.0.0.1:1', policies);
    await app.ask('who');
    for (let i = 0; i < 3; i += 1) expect((await app.ask('who')).verdict).toBe('denied');
    const now = localNow();
    expect(app.limit('default').local.left('who', now).remaining).toBe(99);
    expect(await app.ask('new', { policies: ['closed'] })).toMatchObject({
      verdict: 'unavailable',
      policies: [{ name: 'closed' }],
    });
    expect(app.limit('default').local.left('new', now).remaining).toBe(100);
  });
});

it('a request that waited for the deadline waits for Redis no more, and background work is not held to that', async () => {
  const app = await hastyThrottlerApp(proxy.url, [POLICY]);
  await app.ask('warm');
  server.freeze();
  await redisRequestScope(async (scope) => {
    await app.ask('who');
    expect(scope.gaveUp).toBe(true);
    const watch = startStopwatch();
    await expect(app.client.get('job:x')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(watch.stop()).toBeLessThan(50);
  });
});

it('a server that refuses to count (full, no rights) is no reason to fail requests', async () => {
  await server.cli('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '&*', '+@all', '-evalsha', '-eval');
  const app = await hastyThrottlerApp(`redis://limited:pw@127.0.0.1:${server.port}`, [POLICY]);
  const said = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  expect(await verdicts(app, 11)).toEqual([...times(10, 'allowed'), 'denied']);
  // Nobody else says so, and once is enough.
  expect(said.mock.calls).toEqual([[expect.stringContaining('REDIS_AUTH: Redis refuses to count')]]);
  said.mockRestore();
});
