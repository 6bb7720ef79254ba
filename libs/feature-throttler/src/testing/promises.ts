import { type RedisProcess, startFaultProxy, until } from '@sluice/testing-servers';
import type { RatePolicyOptions, TrackedBy, Trackers } from '../index';
import { hastyThrottlerApp, pause, scriptCalls, type ThrottlerApp, throttlerApp } from './throttler-app';
import { localNow } from '../lib/local/local-clock';

/** Answers what was wrong; nothing: the promise was kept. */
type Promised = (server: RedisProcess) => Promise<string[]>;

const MINUTE = 60_000;
const FLOW: RatePolicyOptions = { name: 'flow', quota: 2, window: MINUTE, by: 'user', everywhere: true };
const LOG: RatePolicyOptions = { ...FLOW, name: 'log', exact: true };

const by = (trackers: Partial<Record<TrackedBy, string>>): Trackers => ({ of: (kind) => trackers[kind] });

/** Requests that a limit has counted for a tracker, as Redis has it. */
async function counted(
  server: RedisProcess,
  app: ThrottlerApp,
  name: string,
  tracker = 'who',
): Promise<number> {
  const key = `${app.prefix}throttle:{${tracker}}:${name}`;
  const { policy } = app.limit(name);
  return policy.exact
    ? (await server.cli('GET', key)).length / 16
    : Math.max(0, Math.ceil((Number(await server.cli('PTTL', key)) * 1_000) / policy.intervalUs));
}

/** How many of so many requests at once are let through, whatever the deny cache knows. */
async function allowedOf(count: number, ...apps: ThrottlerApp[]): Promise<number> {
  const verdicts = await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const app = apps[i % apps.length] as ThrottlerApp;
      return app.storage.take('who', app.plans.for().limits);
    }),
  );
  const tolerance = (apps[0] as ThrottlerApp).limit('flow').policy.toleranceUs;
  return verdicts.filter((ahead) => (ahead as number) <= tolerance).length;
}

/** What rate limits promise and what is easily lost. Each is kept by the code, and broken by a mutant. */
export const PROMISES = {
  'a denied request takes nothing from any limit of its tracker': async (server) => {
    const app = await throttlerApp(server.url, [
      { ...FLOW, name: 'many', quota: 100, window: 100 * MINUTE },
      FLOW,
      { ...LOG, quota: 50 },
    ]);
    for (let i = 0; i < 8; i += 1) {
      await app.ask('who');
      app.limit('flow').denials.forget('who');
    }
    const counts = await Promise.all(['many', 'flow', 'log'].map((name) => counted(server, app, name)));
    return counts.join() === '2,2,2' ? [] : [`2 were let through, and counted: ${counts.join()}`];
  },

  'a denied request takes nothing from the limits of other trackers': async (server) => {
    const policies: RatePolicyOptions[] = [FLOW, { ...LOG, name: 'mail', by: 'email', quota: 50 }];
    const app = await throttlerApp(server.url, policies);
    for (let i = 0; i < 8; i += 1) {
      await app.ask(by({ user: 'who', email: 'mail' }));
      app.limit('flow').denials.forget('who');
    }
    await app.client.ping();
    const count = await counted(server, app, 'mail', 'mail');
    return count === 2 ? [] : [`2 were let through, and ${count} are counted for the e-mail`];
  },

  'clocks of processes do not count': async (server) => {
    const wrong: string[] = [];
    for (const policy of [FLOW, LOG]) {
      const one = await throttlerApp(server.url, [policy]);
      const two = await throttlerApp(server.url, [policy], { keyPrefix: one.prefix });
      for (let i = 0; i < 2; i += 1) await one.ask('who');
      const { now } = Date;
      Date.now = () => now() + 2 * MINUTE;
      const { verdict } = await two.ask('who').finally(() => (Date.now = now));
      if (verdict !== 'denied') wrong.push(`${policy.name}: ${verdict} by a process whose clock is ahead`);
    }
    return wrong;
  },

  'who keeps hammering is let through at the rate': async (server) => {
    const app = await throttlerApp(server.url, [{ ...FLOW, quota: 20, window: 1_000, burst: 2 }]);
    const startedAt = performance.now();
    let allowed = 0;
    while (performance.now() - startedAt < 1_000) {
      allowed += await allowedOf(1, app);
      await pause(5);
    }
    return allowed >= 8 ? [] : [`${allowed} in a second, though 20 were due`];
  },

  'no more than the burst and the rate, however many ask at once': async (server) => {
    const policy = { ...FLOW, quota: 20 };
    const one = await throttlerApp(server.url, [policy]);
    const two = await throttlerApp(server.url, [policy], { keyPrefix: one.prefix });
    const startedAt = performance.now();
    const allowed = await allowedOf(64, one, two);
    const due = 20 + (performance.now() - startedAt) / 3_000;
    return allowed <= due ? [] : [`${allowed} of 64 at once, though ${due.toFixed(1)} were due`];
  },

  'no edge of a window lets twice as many through': async (server) => {
    const app = await throttlerApp(server.url, [{ ...FLOW, quota: 10, window: 1_000 }]);
    const startedAt = performance.now();
    await allowedOf(1, app);
    await pause(900 - (performance.now() - startedAt));
    const from = performance.now();
    const before = await allowedOf(10, app);
    await pause(150);
    const both = before + (await allowedOf(10, app));
    const due = 10 + Math.ceil((performance.now() - from) / 100);
    return both <= due ? [] : [`${both} around the end of a window, though ${due} were due`];
  },

  'a late answer counts once, and for a denied request not at all': async (server) => {
    const proxy = await startFaultProxy({ port: server.port });
    const app = await hastyThrottlerApp(proxy.url, [{ ...FLOW, quota: 10, window: 10 * MINUTE }]);
    await app.ask('warm');
    const wrong: string[] = [];
    for (const [onRedisLoss, here, there] of [
      ['local', 10, 1],
      ['deny', 10, 1],
    ] as const) {
      const before = await scriptCalls(server);
      proxy.hold('toClient');
      await app.ask('who', { onRedisLoss });
      await until('Redis has counted', async () => (await scriptCalls(server)) > before);
      proxy.release('toClient');
      await app.client.ping();
      await app.client.ping();
      const remaining = app.limit('flow').local.left('who', localNow()).remaining;
      const counts = [remaining, await counted(server, app, 'flow')];
      if (counts.join() !== `${here},${there}`)
        wrong.push(`${onRedisLoss}: ${counts.join()} for ${here},${there}`);
    }
    await proxy.close();
    return wrong;
  },

  'a decision waits for the deadline at most': async (server) => {
    const app = await hastyThrottlerApp(server.url, [FLOW]);
    await app.ask('warm');
    server.freeze();
    const startedAt = performance.now();
    await app.ask('who');
    const ms = performance.now() - startedAt;
    server.thaw();
    return ms < 400 ? [] : [`${Math.round(ms)} ms for a deadline of 50`];
  },

  'who is denied costs no round trip until the server would let him through, and none after': async (
    server,
  ) => {
    const app = await throttlerApp(server.url, [{ ...FLOW, quota: 60, window: 120_000, burst: 1 }]);
    await app.ask('who');
    await app.ask('who');
    const deniedAt = performance.now();
    const before = await scriptCalls(server);
    for (let i = 0; i < 5; i += 1) await app.ask('who');
    const quick = performance.now() - deniedAt < 1_500;
    const wrong: string[] = [];
    if (quick && (await scriptCalls(server)) > before)
      wrong.push('Redis was asked about somebody known to be denied');
    await pause(2_020 - (performance.now() - deniedAt));
    if ((await app.ask('who')).verdict !== 'allowed') wrong.push('denied for longer than the server said');
    return wrong;
  },

  'a process remembers only so many clients': async () => {
    const app = await hastyThrottlerApp('redis://127.0.0.1:1', [{ ...LOG, quota: 1 }], { maxTrackers: 10 });
    for (let i = 0; i < 11; i += 1) await app.ask(`who-${i}`);
    const { verdict } = await app.ask('who-0');
    return verdict === 'allowed'
      ? []
      : ['the first of 11 clients is still remembered, though there is room for 10'];
  },

  'sign-in does not open up': async () => {
    const app = await hastyThrottlerApp('redis://127.0.0.1:1', [{ ...LOG, neverOpens: true }]);
    const verdicts: string[] = [];
    for (let i = 0; i < 4; i += 1) verdicts.push((await app.ask('who')).verdict);
    return verdicts.join() === 'allowed,allowed,denied,denied'
      ? []
      : [`a limit of 2 without Redis: ${verdicts.join()}`];
  },
} as const satisfies Record<string, Promised>;

export type PromiseName = keyof typeof PROMISES;
