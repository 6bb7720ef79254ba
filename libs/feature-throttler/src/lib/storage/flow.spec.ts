import { provideRedis, seededRandom } from '@sluice/testing-servers';
import type { RatePolicyOptions } from '../../index';
import { closeThrottlerApps, pause, type ThrottlerApp, throttlerApp } from '../../testing/throttler-app';
import { TokenBucketOracle } from '../../testing/token-bucket-oracle';

let server: Awaited<ReturnType<typeof provideRedis>>;
beforeAll(async () => {
  server = await provideRedis();
});
afterEach(closeThrottlerApps);
afterAll(() => server.stop());

const flow = (more: Partial<RatePolicyOptions>): RatePolicyOptions => ({
  name: 'flow',
  quota: 50,
  window: 1_000,
  by: 'user',
  everywhere: true,
  ...more,
});

/** The clock that decides, in ms. */
function serverClock({ client }: ThrottlerApp): () => Promise<number> {
  const script = client.defineScript({
    name: 'clock',
    lua: "local t = redis.call('TIME') return t[1] * 1000000 + t[2]",
    parse: (us) => Number(us) / 1_000,
  });
  return () => script.run({ keys: ['throttle:clock'] });
}

describe('an even flow', () => {
  it.each<[string, Partial<RatePolicyOptions>]>([
    ['50 in a second', {}],
    ['50 in a second, 5 at once', { burst: 5 }],
    ['70 in a second, no whole ms', { quota: 70, burst: 7 }],
    ['3,000 in a second, less than a ms each', { quota: 3_000, burst: 40 }],
    ['7 in 900 ms, with a large burst', { quota: 7, window: 900, burst: 20 }],
  ])('of %s does what a token bucket does', async (_, options) => {
    const seed = Number(process.env['THROTTLE_SEED'] ?? Math.floor(Math.random() * 1_000_000));
    const random = seededRandom(seed);
    const policy = flow(options);
    const app = await throttlerApp(server.url, [policy]);
    const clock = serverClock(app);
    const burst = policy.burst ?? policy.quota;
    const oracle = new TokenBucketOracle(burst, policy.quota / policy.window, 1);
    const counts = { allowed: 0, denied: 0 };
    for (let i = 0; i < 400; i += 1) {
      if (random() < 0.1) await pause(random() * 60);
      const cost = random() < 0.7 ? 1 : 1 + Math.floor(random() * Math.min(5, burst));
      const [limits] = [app.plans.for({ cost }).limits];
      const before = await clock();
      const ahead = (await app.storage.take('who', limits)) as number;
      const after = await clock();
      const allowed = ahead <= app.limit('flow').policy.toleranceUs;
      counts[allowed ? 'allowed' : 'denied'] += 1;
      const wrong = oracle.judge(cost, allowed, [before, after]);
      if (wrong) throw new Error(`THROTTLE_SEED=${seed}, request ${i}: ${wrong}`);
    }
    expect(counts.allowed).toBeGreaterThan(burst);
  });

  it('lets through the burst and the rate, however many ask in two processes at once', async () => {
    const policy = flow({ quota: 100, burst: 20 });
    const one = await throttlerApp(server.url, [policy]);
    const two = await throttlerApp(server.url, [policy], { keyPrefix: one.prefix });
    let [allowed, asked, idleMs] = [0, 0, 0];
    const limits = one.plans.for().limits;
    const tolerance = one.limit('flow').policy.toleranceUs;
    const startedAt = performance.now();
    let lastAt = startedAt;
    await Promise.all(
      Array.from({ length: 64 }, async (_, worker) => {
        const { storage } = worker % 2 ? one : two;
        while (performance.now() - startedAt < 1_500) {
          const ahead = (await storage.take('who', limits)) as number;
          asked += 1;
          if (ahead <= tolerance) allowed += 1;
          // Who does not ask for so long that the bucket is full gets no more for waiting.
          idleMs += Math.max(0, performance.now() - lastAt - 150);
          lastAt = performance.now();
        }
      }),
    );
    const ms = performance.now() - startedAt;
    expect(asked).toBeGreaterThan(500);
    expect(allowed).toBeLessThanOrEqual(20 + (ms + 1) / 10);
    expect(allowed).toBeGreaterThanOrEqual(Math.floor(20 + (ms - idleMs - 100) / 10));
  });

  it('does not let nearly twice as many through where a window would end', async () => {
    const app = await throttlerApp(server.url, [flow({ quota: 10 })]);
    const allowedOf = async (count: number) => {
      const decisions = await Promise.all(Array.from({ length: count }, () => app.ask('edge')));
      return decisions.filter(({ verdict }) => verdict === 'allowed').length;
    };
    const startedAt = performance.now();
    expect(await allowedOf(1)).toBe(1);
    await pause(850 - (performance.now() - startedAt));
    const first = await allowedOf(10);
    const firstAt = performance.now();
    await pause(Math.max(0, 1_050 - (firstAt - startedAt)));
    const both = first + (await allowedOf(10));
    // 10 at once, and one more in each 100 ms between the two.
    expect(both).toBeLessThanOrEqual(10 + Math.ceil((performance.now() - startedAt - 850) / 100));
  });

  it('keeps its state under a key with a time-to-live, tagged with the tracker', async () => {
    const app = await throttlerApp(server.url, [flow({ quota: 100, window: 6_000_000 })]);
    await app.ask('user:7');
    const keys = await server.cli('--scan', '--pattern', `${app.prefix}*`);
    expect(keys).toBe(`${app.prefix}throttle:{user:7}:flow`);
    expect(Number(await server.cli('PTTL', keys))).toBeGreaterThan(30_000);
    expect(Number(await server.cli('PTTL', keys))).toBeLessThanOrEqual(60_000);
  });

  it.each<[string, (key: string) => string[]]>([
    ['of another type', (key) => ['RPUSH', key, 'x']],
    ['without a time-to-live', (key) => ['SET', key, 'garbage']],
    ['from a clock that was far ahead', (key) => ['SET', key, '0', 'PX', '86400000']],
    ['with a value that is none', (key) => ['SET', key, 'nan', 'PX', '5000']],
  ])('heals what is there %s', async (_, words) => {
    for (const quota of [5, 7]) {
      const app = await throttlerApp(server.url, [flow({ quota, window: 60_000 })]);
      const key = `${app.prefix}throttle:{who}:flow`;
      await server.cli(...words(key));
      const { toleranceUs } = app.limit('flow').policy;
      // At worst all of the burst counts as used: the next one is let through when one more is due.
      const ahead = (await app.storage.take('who', app.plans.for().limits)) as number;
      expect(ahead).toBeLessThanOrEqual(toleranceUs + 1_000 * Math.ceil(60_000 / quota));
      const left = Number(await server.cli('PTTL', key));
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(toleranceUs / 1_000);
    }
  });

  it('goes on after the server has forgotten its scripts', async () => {
    const app = await throttlerApp(server.url, [
      flow({ quota: 3, window: 60_000 }),
      flow({ name: 'other', quota: 9 }),
    ]);
    for (const expected of ['allowed', 'allowed', 'allowed', 'denied']) {
      await server.cli('SCRIPT', 'FLUSH');
      expect((await app.ask('who')).verdict).toBe(expected);
    }
  });
});
