import { type RedisProcess, startRedis, startStopwatch, until } from '@sluice/testing-servers';
import {
  closeThrottlerApps,
  hastyThrottlerApp,
  pause,
  type ThrottlerApp,
  throttlerApp,
} from '../../testing/throttler-app';

let server: RedisProcess;
let app: ThrottlerApp;
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  app = await throttlerApp(server.url, []);
});
afterEach(closeThrottlerApps);
afterAll(() => server.stop());

const hit = (ttl: number, limit: number, blockDuration: number, key = 'k') =>
  app.storage.increment(key, ttl, limit, blockDuration, 'default');

/** Asks every 50 ms. */
async function hammer(ms: number, ...rules: [ttl: number, limit: number, blockDuration: number]) {
  const startedAt = performance.now();
  let [allowed, asked] = [0, 0];
  while (performance.now() - startedAt < ms) {
    if (!(await hit(...rules)).isBlocked) allowed += 1;
    asked += 1;
    await pause(50);
  }
  return { allowed, asked, ms: performance.now() - startedAt };
}

describe('the contract of @nestjs/throttler', () => {
  it('counts up to the limit, then blocks; whole seconds come out', async () => {
    expect(await hit(10_000, 2, 30_000)).toEqual({
      totalHits: 1,
      timeToExpire: 5,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    expect(await hit(10_000, 2, 30_000)).toMatchObject({ totalHits: 2, timeToExpire: 10, isBlocked: false });
    const blocked = { totalHits: 3, isBlocked: true, timeToBlockExpire: 30 };
    expect(await hit(10_000, 2, 30_000)).toMatchObject(blocked);
    expect(await hit(10_000, 2, 30_000)).toMatchObject(blocked);
    expect(await hit(10_000, 2, 30_000, 'another')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it.each([0, 5_000])('a limit of 0 lets nobody through (block %i)', async (block) => {
    expect(await hit(2_000, 0, block)).toEqual({
      totalHits: 1,
      timeToExpire: 0,
      isBlocked: true,
      timeToBlockExpire: block === 0 ? 2 : 5,
    });
    expect(await server.cli('--scan', '--pattern', `${app.prefix}*`)).toBe('');
  });

  it.each([NaN, -1, 0.5])('a limit of %d lets nobody through, rather than everybody', async (limit) => {
    expect((await hit(1_000, limit, 0)).isBlocked).toBe(true);
  });

  it('a block of 0 lasts until the next one is due', async () => {
    for (let i = 0; i < 3; i += 1) expect((await hit(600, 3, 0)).isBlocked).toBe(false);
    expect(await hit(600, 3, 0)).toMatchObject({ totalHits: 4, isBlocked: true, timeToBlockExpire: 1 });
    await pause(205);
    expect((await hit(600, 3, 0)).isBlocked).toBe(false);
  });

  it('a time-to-live of less than a second, or of a fraction of a ms, is one', async () => {
    expect((await hit(150, 1, 0)).isBlocked).toBe(false);
    expect((await hit(150, 1, 0)).isBlocked).toBe(true);
    await pause(155);
    expect((await hit(150, 1, 0)).isBlocked).toBe(false);
    expect((await hit(0.2, 1, 0, 'short')).isBlocked).toBe(false);
    await pause(3);
    expect((await hit(0.2, 1, 0, 'short')).isBlocked).toBe(false);
  });

  it('who keeps hammering is let through at the rate, and not blocked for ever', async () => {
    const even = await hammer(2_000, 500, 3, 0);
    expect(even.asked).toBeGreaterThan(15);
    expect(even.allowed).toBeLessThanOrEqual(3 + Math.ceil((even.ms / 500) * 3));
    // At least every second one that is due, however the pauses fall.
    expect(even.allowed).toBeGreaterThan((even.ms / 500) * 1.5);
    await server.cli('FLUSHALL');
    const blocked = await hammer(2_000, 300, 3, 300);
    // A block, and then a whole burst again.
    expect(blocked.allowed).toBeGreaterThanOrEqual(6);
  });

  it('does not let twice as many through where a window would end', async () => {
    await hit(1_000, 10, 0);
    const startedAt = performance.now();
    await pause(900);
    const before = await Promise.all(Array.from({ length: 10 }, () => hit(1_000, 10, 0)));
    await pause(150);
    const after = await Promise.all(Array.from({ length: 10 }, () => hit(1_000, 10, 0)));
    const allowed = [...before, ...after].filter(({ isBlocked }) => !isBlocked).length;
    expect(allowed).toBeLessThanOrEqual(10 + Math.ceil((performance.now() - startedAt - 900) / 100));
  });

  it('keys of any kind make one valid key with one hash tag, and each has a time-to-live', async () => {
    for (const key of ['a}b', '', 'x'.repeat(5_000)]) {
      for (let i = 0; i < 2; i += 1) await hit(5_000, 1, 5_000, key);
    }
    const keys = (await server.cli('--scan', '--pattern', `${app.prefix}*`)).split('\n');
    expect(keys).toHaveLength(6);
    for (const key of keys) {
      expect(key).toMatch(/throttle:\{[^{}]+\}(:blocked)?$/);
      expect(Number(await server.cli('PTTL', key))).toBeGreaterThan(0);
    }
  });

  it('counts in the process while Redis is frozen, and answers within the deadline', async () => {
    app = await hastyThrottlerApp(server.url, []);
    expect((await hit(60_000, 2, 60_000)).isBlocked).toBe(false);
    server.freeze();
    try {
      const outcomes: boolean[] = [];
      for (let i = 0; i < 4; i += 1) {
        const watch = startStopwatch();
        outcomes.push((await hit(60_000, 2, 60_000)).isBlocked);
        expect(watch.stop()).toBeLessThan(500);
      }
      expect(outcomes).toEqual([false, false, true, true]);
    } finally {
      server.thaw();
    }
    await until('Redis counts again', async () => {
      await hit(60_000, 9, 0, `probe-${Math.random()}`);
      return (await server.cli('--scan', '--pattern', `${app.prefix}*probe*`)) !== '';
    });
  });
});
