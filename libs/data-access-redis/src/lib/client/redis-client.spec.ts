import { inspect } from 'node:util';
import { provideRedis } from '@sluice/testing-servers';
import { RedisUsageError } from '../../index';
import type { RedisKey } from '../../index';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';

describe('the client', () => {
  let server: Awaited<ReturnType<typeof provideRedis>>;
  let app: RedisTestApp;
  beforeAll(async () => {
    server = await provideRedis();
  });
  beforeEach(async () => {
    app = await redisApp(server.url);
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  it('keeps every key under the prefix and gives every key a time-to-live', async () => {
    const { client, prefix } = app;
    await client.set('job:a', '1', { ttl: 60_000 });
    await client.increment('throttle:b', { ttl: 60_000, by: 5 });
    expect(await client.increment('throttle:b', { ttl: 1 })).toBe(6);
    const names = (await server.cli('--scan', '--pattern', `${prefix}*`)).split('\n').sort();
    expect(names).toEqual([`${prefix}job:a`, `${prefix}throttle:b`]);
    for (const name of names) expect(Number(await server.cli('PTTL', name))).toBeGreaterThan(50_000);
  });

  it('does what its commands say', async () => {
    const { client } = app;
    expect(await client.set('job:a', '1', { ttl: 60_000, onlyIf: 'present' })).toBe(false);
    expect(await client.set('job:a', '1', { ttl: 60_000, onlyIf: 'absent' })).toBe(true);
    expect(await client.set('job:a', '2', { ttl: 60_000, onlyIf: 'absent' })).toBe(false);
    expect(await client.getMany(['job:a', 'job:none'])).toEqual(['1', null]);
    expect(await client.expire('job:a', 5_000)).toBe(true);
    expect(await client.timeToLive('job:a')).toBeLessThanOrEqual(5_000);
    expect(await client.delete('job:a', 'job:none')).toBe(1);
    expect(await client.get('job:a')).toBeNull();
    expect(await client.timeToLive('job:a')).toBeNull();
    expect(await client.expire('job:a', 1)).toBe(false);
  });

  it('refuses the write of one who lost the lock meanwhile', async () => {
    const { client, locks, prefix } = app;
    for (const key of ['job:a', 'job:{tag}:a'] as const) {
      const stale = await locks.acquire('a');
      await stale.release();
      const { fencingToken } = await locks.acquire('a');
      const write = (value: string, token: number) =>
        client.setFenced(key, value, { ttl: 60_000, fencingToken: token });
      expect(await write('old', stale.fencingToken)).toBe(true);
      expect(await write('new', fencingToken)).toBe(true);
      expect(await write('new again', fencingToken)).toBe(true);
      expect(await write('stale', stale.fencingToken)).toBe(false);
      expect(await client.get(key)).toBe('new again');
      await server.cli('DEL', `${prefix}lock:{a}`);
    }
    const fences = (await server.cli('--scan', '--pattern', `${prefix}fence:*`)).split('\n');
    expect(fences.sort()).toEqual([`${prefix}fence:job:{tag}:a`, `${prefix}fence:{${prefix}job:a}`]);
    for (const fence of fences) expect(Number(await server.cli('PTTL', fence))).toBeGreaterThan(80_000_000);
    await expect(client.setFenced('job:a', '', { ttl: 1, fencingToken: 0.5 })).rejects.toBeInstanceOf(
      RedisUsageError,
    );
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a key without a kind', () => app.client.get('a' as RedisKey)],
    ['a key of an unknown kind', () => app.client.get('secret:a' as RedisKey)],
    ['a kind without a name', () => app.client.get('job:')],
    ['a huge key', () => app.client.get(`job:${'x'.repeat(2_000)}`)],
    ['no time-to-live', () => app.client.set('job:a', '1', {} as never)],
    ['a time-to-live of 0', () => app.client.set('job:a', '1', { ttl: 0 })],
    ['an endless time-to-live', () => app.client.set('job:a', '1', { ttl: Infinity })],
    ['a fractional increment', () => app.client.increment('job:a', { ttl: 1, by: 0.5 })],
    ['a channel without a name', () => app.client.publish('', 'x')],
  ])('refuses %s', async (_, call) => {
    await expect(call()).rejects.toBeInstanceOf(RedisUsageError);
  });

  it('runs a script by its hash, also after the server has forgotten it', async () => {
    const { client } = app;
    const lua = `-- ${app.prefix}\nreturn {KEYS[1], ARGV[1]}`;
    const echo = client.defineScript({ name: 'echo', lua, parse: (r) => r as string[] });
    const call = { keys: ['job:a'] as const, args: [7] };
    for (let i = 0; i < 2; i++) {
      expect(await echo.run(call)).toEqual([`${app.prefix}job:a`, '7']);
      await server.cli('SCRIPT', 'FLUSH');
    }
  });

  it('delivers messages between processes, to each handler until it is closed, and survives one that throws', async () => {
    const other = await redisApp(server.url, { keyPrefix: app.prefix });
    const heard: string[] = [];
    await app.client.subscribe('news', () => {
      throw new Error('a handler of a feature');
    });
    const subscription = await app.client.subscribe('news', (message) => heard.push(message));
    expect(await other.client.publish('news', 'one')).toBe(1);
    await until('heard', () => heard.length === 1);
    await subscription.close();
    await other.client.publish('news', 'two');
    await app.client.ping();
    expect(heard).toEqual(['one']);
  });

  it('gives no way to the driver', () => {
    const reachable = new Set<unknown>();
    const walk = (value: unknown, depth: number): void => {
      if (value === null || typeof value !== 'object' || depth > 6 || reachable.has(value)) return;
      reachable.add(value);
      for (const key of Reflect.ownKeys(value)) {
        walk(Object.getOwnPropertyDescriptor(value, key)?.value, depth + 1);
      }
      walk(Object.getPrototypeOf(value), depth + 1);
    };
    walk(app.client, 0);
    walk(app.redis, 0);
    const names = [...reachable].map((o) => (o as object).constructor?.name);
    expect(names).not.toContain('Redis');
    expect(inspect(app.client, { depth: 5, showHidden: true })).not.toContain('ioredis');
    expect('duplicate' in app.client).toBe(false);
  });
});
