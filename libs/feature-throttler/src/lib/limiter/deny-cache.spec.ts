import {
  type FaultProxy,
  type RedisProcess,
  startFaultProxy,
  startRedis,
  until,
} from '@sluice/testing-servers';
import type { Denied, RatePolicyOptions } from '../../index';
import { closeThrottlerApps, everywhere, scriptCalls, throttlerApp } from '../../testing/throttler-app';

let server: RedisProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterEach(closeThrottlerApps);
afterAll(() => server.stop());

const policy = (more: Partial<RatePolicyOptions> = {}): RatePolicyOptions => ({
  name: 'default',
  quota: 2,
  window: 600_000,
  by: 'user',
  everywhere: true,
  ...more,
});

const calls = () => scriptCalls(server);

describe('who is denied', () => {
  it('is answered at once and without a round trip when asking again', async () => {
    const app = await throttlerApp(server.url, [policy()]);
    for (let i = 0; i < 3; i += 1) await app.ask('who');
    const before = await calls();
    const plan = app.plans.for();
    const first = app.limiter.decide(plan, everywhere('who'));
    const second = app.limiter.decide(plan, everywhere('who'));
    expect(first).toMatchObject({ verdict: 'denied', exceeded: [{ remaining: 0 }] });
    expect(second).toBe(first); // nothing is made for it
    expect(await calls()).toBe(before);
    expect((await app.ask('another')).verdict).toBe('allowed');
    expect(app.limit('default').outcomes).toMatchObject({ allowed: 3, denied: 1, denied_local: 2 });
  });

  it('is let through as soon as the server would, not after the whole window', async () => {
    const app = await throttlerApp(server.url, [policy({ quota: 2_000, window: 400_000, burst: 1 })]);
    await app.ask('who');
    const denied = (await app.ask('who')) as Denied;
    const left = (denied.exceeded[0]?.until ?? 0) - performance.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(200);
    await until('let through', async () => (await app.ask('who')).verdict === 'allowed');
  });

  it('is let through in time also when the answer was slow', async () => {
    const proxy: FaultProxy = await startFaultProxy({ port: server.port });
    const app = await throttlerApp(proxy.url, [policy({ quota: 1, window: 800 })]);
    await app.ask('who');
    proxy.delay(400, 'toClient');
    const sentAt = performance.now();
    const denied = (await app.ask('who')) as Denied;
    expect(denied.verdict).toBe('denied');
    // Counted from when it was sent, or the time of the answer would be added to the client's wait.
    expect((denied.exceeded[0]?.until ?? Infinity) - sentAt).toBeLessThanOrEqual(801);
    await proxy.close();
  });

  it('may still ask for what costs less, and for what other limits are about', async () => {
    const app = await throttlerApp(server.url, [
      policy({ quota: 10 }),
      policy({ name: 'images', quota: 1, everywhere: false }),
    ]);
    expect((await app.ask('who', { cost: 9 })).verdict).toBe('allowed');
    expect((await app.ask('who', { cost: 2 })).verdict).toBe('denied');
    expect((await app.ask('who', { cost: 1 })).verdict).toBe('allowed');
    await server.cli('FLUSHALL');
    expect((await app.ask('u', { policies: ['images'] })).verdict).toBe('allowed');
    const denied = (await app.ask('u', { policies: ['images'] })) as Denied;
    expect(denied.exceeded.map((one) => one.policy.name)).toEqual(['images']);
    expect((await app.ask('u')).verdict).toBe('allowed');
  });

  it('costs no memory without end: only so many are remembered', async () => {
    const app = await throttlerApp(server.url, [policy({ quota: 1 })], { maxTrackers: 100 });
    for (let i = 0; i < 300; i += 1) {
      await app.ask(`who-${i}`);
      await app.ask(`who-${i}`);
    }
    expect(app.limit('default').denials.size).toBe(100);
    const before = await calls();
    expect((await app.ask('who-299')).verdict).toBe('denied');
    expect(await calls()).toBe(before);
    expect((await app.ask('who-0')).verdict).toBe('denied'); // forgotten here, not there
    expect(await calls()).toBe(before + 1);
  });
});

it('a quota of 0 denies everybody and asks nobody', async () => {
  const app = await throttlerApp(server.url, [policy({ quota: 0 })]);
  const before = await calls();
  const decision = app.limiter.decide(app.plans.for(), everywhere('who'));
  expect(decision).toMatchObject({ verdict: 'denied', exceeded: [{ remaining: 0 }] });
  expect(await calls()).toBe(before);
});
