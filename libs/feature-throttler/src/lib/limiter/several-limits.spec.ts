import { type RedisProcess, startFaultProxy, startRedis, until } from '@sluice/testing-servers';
import type { Denied, RatePolicyOptions, TrackedBy, Trackers } from '../../index';
import {
  closeThrottlerApps,
  scriptCalls,
  type ThrottlerApp,
  throttlerApp,
} from '../../testing/throttler-app';

let server: RedisProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterEach(closeThrottlerApps);
afterAll(() => server.stop());

const MINUTE = 60_000;
// Windows so long that nothing comes back while a test runs; `odd` is the one whose costs are no whole ms.
const POLICIES: RatePolicyOptions[] = [
  { name: 'default', quota: 100, window: 100 * MINUTE, by: 'user', everywhere: true },
  { name: 'odd', quota: 700, window: MINUTE, by: 'user' },
  { name: 'few', quota: 2, window: 2 * MINUTE, by: 'user' },
  { name: 'exact-ip', quota: 10, window: MINUTE, by: 'ip', exact: true },
  { name: 'exact-email', quota: 3, window: MINUTE, by: 'email', exact: true },
  { name: 'even-email', quota: 50, window: 50 * MINUTE, by: 'email' },
];

const by = (trackers: Partial<Record<TrackedBy, string>>): Trackers => ({ of: (kind) => trackers[kind] });
const signIn = (ip: string, email: string) =>
  by({ user: `ip:${ip}`, ip: `ip:${ip}`, email: `email:${email}` });

/** What each limit has left for a tracker, asked of Redis without taking anything. */
async function used(app: ThrottlerApp): Promise<Record<string, number>> {
  const used: Record<string, number> = {};
  for (const key of (await server.cli('--scan', '--pattern', `${app.prefix}*`)).split('\n').filter(Boolean)) {
    const name = key.slice(`${app.prefix}throttle:`.length);
    const { policy } = app.limit(name.split(':').at(-1) as string);
    const count = policy.exact
      ? (await server.cli('GET', key)).length / 16
      : Math.ceil((Number(await server.cli('PTTL', key)) * 1_000) / policy.intervalUs);
    used[name] = count;
  }
  return used;
}

describe('all limits of one tracker', () => {
  it('are one round trip, whatever their kind', async () => {
    const app = await throttlerApp(server.url, POLICIES);
    const before = await scriptCalls(server);
    const decision = await app.ask(signIn('1', 'a'), { policies: ['odd', 'few', 'exact-ip'] });
    expect(decision).toMatchObject({
      verdict: 'allowed',
      limits: [{ remaining: 99 }, { remaining: 699 }, { remaining: 1 }, { remaining: 9 }],
    });
    expect(await scriptCalls(server)).toBe(before + 1);
  });

  it('are all looked at before any is taken from', async () => {
    const app = await throttlerApp(server.url, POLICIES);
    const ask = () => app.ask(by({ user: 'u' }), { policies: ['odd', 'few'] });
    await ask();
    await ask();
    const before = await used(app);
    for (let i = 0; i < 5; i += 1) {
      const denied = (await ask()) as Denied;
      expect(denied.exceeded.map(({ policy }) => policy.name)).toEqual(['few']);
      app.limit('few').denials.forget('u'); // so that Redis is asked each time
    }
    const after = await used(app);
    expect([after['{u}:default'], after['{u}:few']]).toEqual([2, 2]);
    expect(after['{u}:odd'] ?? 0).toBeLessThanOrEqual(before['{u}:odd'] ?? 0);
  });

  it('are all named when several are exceeded', async () => {
    const app = await throttlerApp(server.url, [
      { name: 'a', quota: 1, window: MINUTE, by: 'user', everywhere: true },
      { name: 'b', quota: 1, window: 2 * MINUTE, by: 'user', everywhere: true, exact: true },
    ]);
    await app.ask('who');
    const denied = (await app.ask('who')) as Denied;
    expect(denied.exceeded.map(({ policy }) => policy.name)).toEqual(['a', 'b']);
  });
});

describe('limits of several trackers', () => {
  const SIGN_IN = { policies: ['exact-ip', 'exact-email', 'even-email'] };

  it('are asked for at the same time, one round trip each', async () => {
    const proxy = await startFaultProxy({ port: server.port });
    const app = await throttlerApp(proxy.url, POLICIES);
    await app.ask('warm');
    const before = await scriptCalls(server);
    proxy.hold('toClient');
    const decision = app.ask(signIn('1', 'a'), SIGN_IN);
    await until(
      'both were asked, though none was answered',
      async () => (await scriptCalls(server)) === before + 2,
    );
    proxy.release('toClient');
    expect((await decision).verdict).toBe('allowed');
    await proxy.close();
  });

  it('give back what was taken when another denies', async () => {
    const app = await throttlerApp(server.url, POLICIES);
    // The e-mail is used up from several addresses.
    for (const ip of ['1', '2', '3'])
      expect((await app.ask(signIn(ip, 'a'), SIGN_IN)).verdict).toBe('allowed');
    const before = await used(app);
    for (let i = 0; i < 4; i += 1) {
      app.limit('exact-email').denials.forget('email:a');
      const denied = (await app.ask(signIn('9', 'a'), SIGN_IN)) as Denied;
      expect(denied.exceeded.map(({ policy }) => policy.name)).toEqual(['exact-email']);
    }
    await until('given back', async () => JSON.stringify(await used(app)) === JSON.stringify(before));
    // And the other way round: an address that is used up costs the e-mail nothing.
    for (let i = 0; i < 10; i += 1) await app.ask(signIn('5', `x${i}`), SIGN_IN);
    for (let i = 0; i < 4; i += 1) {
      app.limit('exact-ip').denials.forget('ip:5');
      expect((await app.ask(signIn('5', 'victim'), SIGN_IN)).verdict).toBe('denied');
    }
    await until('given back', async () =>
      Object.keys(await used(app)).every((key) => !key.includes('victim')),
    );
    for (const ip of ['6', '7', '8']) {
      expect((await app.ask(signIn(ip, 'victim'), SIGN_IN)).verdict).toBe('allowed');
    }
  });

  it('hold only where there is somebody to count for', async () => {
    const app = await throttlerApp(server.url, POLICIES);
    const decision = await app.ask(by({ user: 'ip:1', ip: 'ip:1' }), SIGN_IN);
    expect(decision).toMatchObject({ verdict: 'allowed', limits: [{ remaining: 99 }, { remaining: 9 }] });
    expect(await app.ask(by({}), SIGN_IN)).toEqual({ verdict: 'allowed', limits: [] });
  });
});
