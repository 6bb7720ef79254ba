import { provideRedis } from '@sluice/testing-servers';
import type { RatePolicyOptions } from '../../index';
import { closeThrottlerApps, pause, type ThrottlerApp, throttlerApp } from '../../testing/throttler-app';
import { readTakeReply, type TakeReply } from './take-reply';

let server: Awaited<ReturnType<typeof provideRedis>>;
beforeAll(async () => {
  server = await provideRedis();
});
afterEach(closeThrottlerApps);
afterAll(() => server.stop());

const log = (more: Partial<RatePolicyOptions> = {}): RatePolicyOptions => ({
  name: 'log',
  quota: 10,
  window: 400,
  by: 'ip',
  everywhere: true,
  exact: true,
  ...more,
});

async function take(app: ThrottlerApp, cost = 1): Promise<TakeReply> {
  const { limits } = app.plans.for({ cost });
  return readTakeReply(await app.storage.take('who', limits), limits);
}

/** No window of this length, wherever it begins, has more than the quota. Times in µs by the server's clock. */
function expectExact(stamps: number[], quota: number, windowUs: number): void {
  stamps.sort((a, b) => a - b);
  for (let i = quota; i < stamps.length; i += 1) {
    expect((stamps[i] as number) - (stamps[i - quota] as number)).toBeGreaterThanOrEqual(windowUs);
  }
}

describe('an exact log', () => {
  it('never has more than the quota in any window, however many ask in two processes at once', async () => {
    const one = await throttlerApp(server.url, [log()]);
    const two = await throttlerApp(server.url, [log()], { keyPrefix: one.prefix });
    const stamps: number[] = [];
    let asked = 0;
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: 64 }, async (_, worker) => {
        while (performance.now() - startedAt < 1_700) {
          const reply = await take(worker % 2 ? one : two);
          asked += 1;
          if (reply.taken) stamps.push(reply.stamp);
        }
      }),
    );
    expect(asked).toBeGreaterThan(500);
    expectExact(stamps, 10, 400_000);
    // And all that it may: 10 at the start of each of the windows that passed.
    const windows = Math.floor((performance.now() - startedAt) / 400);
    expect(stamps.length).toBeGreaterThanOrEqual(10 * Math.min(4, windows));
  });

  it('says how long to wait, to the ms, and means it', async () => {
    const app = await throttlerApp(server.url, [log({ quota: 2 })]);
    const first = await take(app);
    await pause(100);
    await take(app);
    const refused = await take(app);
    const wait = refused.answers[0]?.waitMs ?? 0;
    expect(refused.taken).toBe(false);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(300);
    await pause(wait + 1);
    const next = await take(app);
    expect(next.taken).toBe(true);
    expect(next.stamp - first.stamp).toBeGreaterThanOrEqual(400_000);
    expect((await take(app)).taken).toBe(false);
  });

  it('counts a request as often as it costs, and waits until there is room for all of it', async () => {
    const app = await throttlerApp(server.url, [log({ quota: 5, window: 60_000 })]);
    expect((await take(app, 3)).answers[0]).toMatchObject({ remaining: 2, waitMs: 0 });
    expect((await take(app, 3)).taken).toBe(false);
    expect((await take(app, 2)).answers[0]).toMatchObject({ remaining: 0, waitMs: 0 });
    expect((await take(app, 1)).taken).toBe(false);
  });

  it('gives back what a request took, and nothing else', async () => {
    const app = await throttlerApp(server.url, [log({ quota: 4, window: 60_000 })]);
    const { limits } = app.plans.for({ cost: 2 });
    const first = await take(app, 2);
    const second = await take(app, 2);
    await app.storage.giveBack('who', limits, first.stamp);
    const key = `${app.prefix}throttle:{who}:log`;
    expect(await server.cli('GET', key)).toBe(`${second.stamp}`.padStart(16, '0').repeat(2));
    expect(Number(await server.cli('PTTL', key))).toBeGreaterThan(50_000);
    await app.storage.giveBack('who', limits, first.stamp);
    expect((await take(app, 2)).taken).toBe(true);
    await app.storage.giveBack('who', limits, second.stamp);
    expect((await take(app, 2)).taken).toBe(true);
    expect((await take(app)).taken).toBe(false);
  });

  it('keeps no more than the quota, under a key that expires with its newest entry', async () => {
    const app = await throttlerApp(server.url, [log({ quota: 3, window: 200 })]);
    const key = `${app.prefix}throttle:{who}:log`;
    for (let taken = 0; taken < 9;) if ((await take(app)).taken) taken += 1;
    expect((await server.cli('GET', key)).length).toBeLessThanOrEqual(3 * 16);
    expect(Number(await server.cli('PTTL', key))).toBeLessThanOrEqual(200);
  });

  it.each<[string, (key: string) => string[]]>([
    ['of another type', (key) => ['RPUSH', key, 'x']],
    ['without entries', (key) => ['SET', key, 'garbage']],
    ['cut short', (key) => ['SET', key, '1'.repeat(40)]],
    ['from a clock that was far ahead', (key) => ['SET', key, '9'.repeat(16)]],
    ['of a greater quota', (key) => ['SET', key, '0000000000000001'.repeat(50)]],
  ])('heals what is there %s', async (_, words) => {
    const app = await throttlerApp(server.url, [log({ window: 60_000 })]);
    const key = `${app.prefix}throttle:{who}:log`;
    await server.cli(...words(key));
    const reply = await take(app);
    expect(reply.answers[0]).toMatchObject({ remaining: 9, waitMs: 0 });
    expect(await server.cli('GET', key)).toBe(String(reply.stamp));
    expect(Number(await server.cli('PTTL', key))).toBeGreaterThan(0);
  });

  it('holds at once when the quota was made smaller', async () => {
    const before = await throttlerApp(server.url, [log({ window: 60_000 })]);
    for (let i = 0; i < 10; i += 1) await take(before);
    const after = await throttlerApp(server.url, [log({ window: 60_000, quota: 4 })], {
      keyPrefix: before.prefix,
    });
    const refused = await take(after);
    expect(refused.taken).toBe(false);
    expect(refused.answers[0]).toMatchObject({ remaining: 0 });
    expect(refused.answers[0]?.waitMs).toBeGreaterThan(50_000);
  });
});
