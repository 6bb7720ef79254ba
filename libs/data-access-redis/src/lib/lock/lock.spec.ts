import { Logger } from '@nestjs/common';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { LockLostError, LockNotAcquiredError, RedisLockService, RedisUsageError } from '../../index';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';

describe('a lock', () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let there: RedisTestApp;
  let locks: RedisLockService;
  let others: RedisLockService;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    here = await redisApp(server.url);
    there = await redisApp(server.url, { keyPrefix: here.prefix });
    locks = here.locks;
    others = there.locks;
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  const key = (name: string) => `${here.prefix}lock:{${name}}`;
  const inLine = async (name: string) => Number(await server.cli('ZCARD', `${key(name)}:queue`));
  const standing = (name: string, count: number) =>
    until(`${count} stand in line`, async () => (await inLine(name)) === count);
  /** As if so much time had passed in Redis for whoever holds it. */
  const expire = (name: string) => server.cli('SETRANGE', key(name), '17', '0000000000001');
  /** When it ends in Redis, by its clock. */
  const end = async (name: string) => Number((await server.cli('GET', key(name))).slice(17, 30));

  it('is held by one, and then by the next', async () => {
    const first = await locks.acquire('a');
    expect(await others.tryAcquire('a')).toBeNull();
    await expect(others.acquire('a')).rejects.toBeInstanceOf(LockNotAcquiredError);
    expect(await first.release()).toBe(true);
    const second = await others.acquire('a');
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    expect([first.isHeld, second.isHeld]).toEqual([false, true]);
    expect(first.signal.aborted).toBe(false);
  });

  it('gives tokens that never go back, also when Redis has lost everything', async () => {
    let last = Date.now() * 1_000 - 60_000_000;
    for (let i = 0; i < 20; i++) {
      const lock = await locks.acquire('a');
      expect(lock.fencingToken).toBeGreaterThan(last);
      last = lock.fencingToken;
      await lock.release();
      if (i === 10) await server.cli('FLUSHALL');
    }
    await server.cli('SET', key('a'), `${last + 3_600_000_000} `);
    expect((await locks.acquire('a')).fencingToken).toBe(last + 3_600_000_001);
  });

  it('leaves nothing without a time-to-live', async () => {
    const held = await locks.acquire('a', { ttl: 5_000 });
    const waiting = others.acquire('a', { wait: 5_000 });
    await standing('a', 1);
    const names = (await server.cli('--scan', '--pattern', `${here.prefix}*`)).split('\n');
    expect(names).toHaveLength(2);
    for (const name of names) expect(Number(await server.cli('PTTL', name))).toBeGreaterThan(0);
    await held.release();
    await (await waiting).release();
    expect(await inLine('a')).toBe(0);
    expect(Number(await server.cli('PTTL', key('a')))).toBeGreaterThan(3_000_000);
  });

  it('lets those who wait in by order of arrival, and nobody past them', async () => {
    const held = await locks.acquire('a');
    const order: number[] = [];
    const all: Promise<void>[] = [];
    for (let i = 0; i < 10; i++) {
      const service = i % 2 ? locks : others;
      all.push(
        service.withLock('a', { wait: 10_000 }, async () => {
          order.push(i);
          expect(await others.tryAcquire('a')).toBeNull();
        }),
      );
      await standing('a', i + 1);
    }
    await held.release();
    expect(await locks.tryAcquire('a')).toBeNull();
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('ends the wait on time, and leaves the line', async () => {
    const held = await locks.acquire('a');
    await expect(others.acquire('a', { wait: 50 })).rejects.toMatchObject({ code: 'LOCK_NOT_ACQUIRED' });
    const caller = new AbortController();
    const waiting = others.acquire('a', { wait: Infinity, signal: caller.signal });
    await standing('a', 1);
    caller.abort(new Error('no more'));
    await expect(waiting).rejects.toThrow('no more');
    await standing('a', 0);
    expect(await held.release()).toBe(true);
    expect(await others.tryAcquire('a')).not.toBeNull();
  });

  it('is renewed for as long as it is held', async () => {
    const lock = await locks.acquire('a', { ttl: 900 });
    const endings = new Set<number>();
    await until('renewed thrice', async () => {
      endings.add(await end('a'));
      return endings.size > 3;
    });
    expect(lock.isHeld).toBe(true);
    expect(await others.tryAcquire('a')).toBeNull();
  });

  it('tells its holder when Redis does not know of it any more', async () => {
    const lock = await locks.acquire('a', { ttl: 300 });
    const { signal } = lock;
    await server.cli('DEL', key('a'));
    await until('told', () => signal.aborted);
    expect(signal.reason).toBeInstanceOf(LockLostError);
    expect(lock.isHeld).toBe(false);
    expect(await lock.release()).toBe(false);
    expect(() => lock.throwIfLost()).toThrow(LockLostError);
    await expect(lock.extend(1_000)).rejects.toBeInstanceOf(LockLostError);
  });

  it('does not give back what another holds', async () => {
    const lock = await locks.acquire('a');
    await expire('a');
    const next = await others.acquire('a');
    expect(await lock.release()).toBe(false);
    expect(await locks.tryAcquire('a')).toBeNull();
    expect(await next.release()).toBe(true);
  });

  it('is lost by the wall clock after the machine slept', async () => {
    const lock = await locks.acquire('a', { ttl: 60_000 });
    const { signal } = lock;
    const now = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
    try {
      await until('told', () => signal.aborted);
      expect(lock.isHeld).toBe(false);
    } finally {
      clock.mockRestore();
    }
    expect(await lock.release()).toBe(false);
  });

  it('is extended, and a shorter time counts at once', async () => {
    const lock = await locks.acquire('a', { ttl: 60_000 });
    await lock.extend(120_000);
    expect((await end('a')) - Date.now()).toBeGreaterThan(100_000);
    await lock.extend(5_000);
    expect((await end('a')) - Date.now()).toBeLessThan(6_000);
    expect(lock.isHeld).toBe(true);
  });

  it('rejects the work that outlived its lock', async () => {
    const lost = locks.withLock('a', { ttl: 300 }, async (signal) => {
      await server.cli('DEL', key('a'));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 'done all the same';
    });
    await expect(lost).rejects.toBeInstanceOf(LockLostError);
    const failed = locks.withLock('b', {}, () => Promise.reject(new Error('the work')));
    await expect(failed).rejects.toThrow('the work');
    expect(await others.tryAcquire('b')).not.toBeNull();
  });

  it('is given back at the end of its block', async () => {
    {
      await using lock = await locks.acquire('a');
      expect(lock.isHeld).toBe(true);
    }
    expect(await others.tryAcquire('a')).not.toBeNull();
  });

  it('takes several resources or none, and nobody waits for one who waits for him', async () => {
    const both = await locks.acquire(['b', 'a'], { ttl: 5_000 });
    expect([...both.fencingTokens.keys()].sort()).toEqual(['a', 'b']);
    expect(await others.tryAcquire(['c', 'b'])).toBeNull();
    expect(await others.tryAcquire('c')).not.toBeNull();
    await both.release();
    const work = (service: RedisLockService, names: string[]) =>
      service.withLock(names, { wait: 10_000 }, () => undefined);
    const rounds = Array.from({ length: 20 }, () => [
      work(locks, ['a', 'b', 'd']),
      work(others, ['d', 'b', 'a']),
    ]);
    await Promise.all(rounds.flat());
  });

  it('lets as many hold a semaphore as there are permits', async () => {
    let holding = 0;
    let most = 0;
    const work = (service: RedisLockService) =>
      service.withLock('s', { permits: 3, wait: 10_000 }, async () => {
        most = Math.max(most, ++holding);
        await here.client.ping();
        holding--;
      });
    await Promise.all(Array.from({ length: 40 }, (_, i) => work(i % 2 ? locks : others)));
    expect(most).toBe(3);
  });

  it('takes nobody for alive who is not heard any more', async () => {
    const held = await locks.acquire('a');
    const third = await redisApp(server.url, { keyPrefix: here.prefix });
    const gone = third.locks.acquire('a', { wait: 60_000 }).catch(() => 'gone');
    await standing('a', 1);
    const next = others.acquire('a', { wait: 60_000 });
    await standing('a', 2);
    await third.close();
    expect(await gone).toBe('gone');
    await standing('a', 2);
    await held.release();
    const given = (await server.cli('GET', key('a'))).slice(0, 16);
    // To the next one at once, and not for a turn to one who is not there.
    expect((await next).fencingToken).toBe(Number(given));
  });

  it('ends with the module, and nothing runs on', async () => {
    const lock = await locks.acquire('a', { ttl: 60_000 });
    const { signal } = lock;
    const waiting = locks.acquire('a', { wait: 60_000 });
    await standing('a', 1);
    const refused = expect(waiting).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await here.close();
    expect(signal.aborted).toBe(true);
    await refused;
    await expect(locks.acquire('a')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });

  it('counts what was lost and refused, without names', async () => {
    const lock = await locks.acquire('secret-name', { ttl: 300 });
    const { signal } = lock;
    await locks.tryAcquire('secret-name');
    await server.cli('DEL', key('secret-name'));
    await until('told', () => signal.aborted);
    const text = await register.metrics();
    expect(text).toMatch(/^redis_leases_lost_total\{kind="lock",reason="taken"\} [1-9]/m);
    expect(text).toMatch(/^redis_locks_refused_total\{kind="lock"\} [1-9]/m);
    expect(text).not.toContain('secret-name');
  });

  it('warns once where what is held may be evicted', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    await server.cli('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru');
    try {
      const app = await redisApp(server.url);
      await app.client.ping();
      expect(warned).not.toHaveBeenCalled();
      for (const name of ['a', 'b']) await app.locks.acquire(name);
      expect(warned.mock.calls).toEqual([[expect.stringContaining('noeviction')]]);
    } finally {
      await server.cli('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
      warned.mockRestore();
    }
  });

  it('escapes what a Cluster would not understand', async () => {
    await locks.acquire('a}{b%');
    expect(await server.cli('EXISTS', key('a%7D%7Bb%25'))).toBe('1');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['no name', () => locks.acquire('')],
    ['no resource', () => locks.acquire([])],
    ['a name that is too long', () => locks.acquire('x'.repeat(401))],
    ['half a character', () => locks.acquire('\ud800')],
    ['a ttl that is too short', () => locks.acquire('a', { ttl: 99 })],
    ['a ttl that is no number', () => locks.acquire('a', { ttl: NaN })],
    ['an endless wait', () => locks.acquire('a', { wait: Infinity })],
    ['a negative wait', () => locks.acquire('a', { wait: -1 })],
    ['no permits', () => locks.acquire('a', { permits: 0 })],
  ])('refuses %s', async (_, call) => {
    await expect(call()).rejects.toBeInstanceOf(RedisUsageError);
  });
});
