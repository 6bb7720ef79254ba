import diagnostics from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { z } from 'zod';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { RedisUsageError } from '../../index';

describe('values that are read and written', () => {
  let server: RedisProcess;
  let here: RedisTestApp;

  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    here = await redisApp(server.url);
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  const key = (id: string) => `${here.prefix}cache:thing:${id}`;
  const figures = async (name: string) =>
    (await register.getMetricsAsJSON())
      .find((metric) => metric.name === name)
      ?.values.filter(({ labels }) => labels['cache'] === 'thing');
  const count = async (name: string, label?: string) =>
    (await figures(name))?.find(({ labels }) => label === undefined || Object.values(labels).includes(label))
      ?.value;

  describe('against a schema', () => {
    const schema = z.object({ at: z.iso.datetime().pipe(z.coerce.date()), n: z.number() });
    type Thing = z.infer<typeof schema>;
    const thing: Thing = { at: new Date(0), n: 1 };

    it.each([
      ['from Redis', {}],
      ['kept in the process', { near: {} }],
    ])('are what the schema makes of them, loaded or cached: %s', async (_, options) => {
      const cache = here.redis.cache<Thing>('thing', { ttl: 60_000, schema, ...options });
      const first = await cache.getOrSet('1', async () => thing);
      expect(first).toEqual(thing);
      for (let i = 0; i < 20; i++) {
        const again = await cache.getOrSet('1', async () => Promise.reject(new Error('loaded')));
        expect(again).toEqual(thing);
        again?.at.setTime(99); // a date cannot be frozen: nobody else may see this
      }
      expect(await cache.get('1')).toEqual(thing);
    });

    it('are a miss and a figure when they do not pass, and are replaced', async () => {
      const cache = here.redis.cache<Thing>('thing', { ttl: 60_000, schema });
      await cache.set('1', thing);
      const raw = await server.cli('GET', key('1'));
      await server.cli('SET', key('1'), raw.replace('"n":1', '"n":"one"'));
      expect(await cache.get('1')).toBeUndefined();
      expect(await count('redis_cache_refused_total', 'schema')).toBe(1);
      expect(await cache.getOrSet('1', async () => thing)).toEqual(thing);
      expect(await cache.get('1')).toEqual(thing);
    });

    it('refuse what a loader brings against its own schema, and a schema that does not answer at once', async () => {
      const cache = here.redis.cache<Thing>('thing', { ttl: 60_000, schema });
      const wrong = { at: new Date(0), n: 'one' } as unknown as Thing;
      await expect(cache.getOrSet('1', async () => wrong)).rejects.toThrow(RedisUsageError);
      expect(await cache.get('1')).toBeUndefined();
      const slow = here.redis.cache<number>('slow', {
        ttl: 60_000,
        schema: z.number().refine(async () => true),
      });
      await expect(slow.getOrSet('1', async () => 1)).rejects.toThrow(/at once/);
    });
  });

  it('too large to be stored: handed out, counted, and the old one gone', async () => {
    const cache = here.redis.cache<string>('thing', { ttl: 60_000, maxValueSize: 100 });
    await cache.set('1', 'old');
    await cache.set('1', 'x'.repeat(200));
    expect(await cache.get('1')).toBeUndefined();
    expect(await cache.getOrSet('1', async () => 'y'.repeat(200))).toHaveLength(200);
    expect(await cache.get('1')).toBeUndefined();
    expect(await count('redis_cache_refused_total', 'size')).toBe(2);
  });

  it('ids of every kind are told apart, and none escapes the slot of its entry', async () => {
    const cache = here.redis.cache<string>('thing', { ttl: 60_000, near: {} });
    const ids = ['a', 'a:b', '{a}', 'a}b{c', '%7Ba%7D', '%', 'ü', '日本', ' ', '\n', '💡', 'x'.repeat(800)];
    for (const id of ids) await cache.set(id, `value of ${id}`);
    for (let round = 0; round < 3; round++) {
      for (const id of ids) expect(await cache.get(id)).toBe(`value of ${id}`);
    }
    for (const id of ids) {
      await cache.delete(id);
      expect(await cache.get(id)).toBeUndefined();
    }
    for (const bad of ['', 'x'.repeat(801), '\ud800', undefined as unknown as string]) {
      await expect(cache.get(bad)).rejects.toThrow(RedisUsageError);
      await expect(cache.getOrSet(bad, async () => '')).rejects.toThrow(RedisUsageError);
    }
  });

  it('clear takes all of a cache out of service in one command, and nothing of another', async () => {
    const cache = here.redis.cache<number>('thing', { ttl: 60_000, near: {} });
    const other = here.redis.cache<number>('other', { ttl: 60_000 });
    const there = await redisApp(server.url, { keyPrefix: here.prefix });
    const elsewhere = there.redis.cache<number>('thing', { ttl: 60_000, near: {} });
    const ids = Array.from({ length: 200 }, (_, i) => String(i));
    await Promise.all(ids.map((id, i) => cache.set(id, i)));
    await other.set('1', 1);
    await until('kept in the other process', async () => {
      await elsewhere.getMany(ids);
      return (await count('redis_cache_reads_total', 'near')) !== 0;
    });
    await server.cli('CONFIG', 'RESETSTAT');
    await cache.clear();
    const calls = await server.cli('INFO', 'commandstats');
    expect(calls).not.toMatch(/cmdstat_(scan|keys|unlink|del):/);
    expect(await cache.getMany(ids)).toEqual(new Map());
    await until('seen elsewhere', async () => (await elsewhere.getMany(ids)).size === 0);
    expect(await other.get('1')).toBe(1);
    await cache.set('1', 5);
    expect(await elsewhere.get('1')).toBe(5);
  });

  it('a clear while a load runs: it is not stored', async () => {
    const cache = here.redis.cache<number>('thing', { ttl: 60_000 });
    const overtaken = async () => {
      await cache.clear();
      return 1;
    };
    expect(await cache.getOrSet('1', overtaken)).toBe(1);
    expect(await cache.get('1')).toBeUndefined();
  });

  it('are counted and traced by the name of the cache alone', async () => {
    const events: unknown[] = [];
    const note = (message: unknown) => events.push(message);
    diagnostics.subscribe('sluice:cache:read', note);
    const stages = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(
      (stage) => `tracing:sluice:cache:load:${stage}`,
    );
    for (const stage of stages) diagnostics.subscribe(stage, note);
    const cache = here.redis.cache<string>('thing', { ttl: 60_000, near: {} });
    await Promise.all(
      Array.from({ length: 10 }, () => cache.getOrSet('secret-id', async () => 'secret-value')),
    );
    await expect(cache.getOrSet('2', async () => Promise.reject(new Error('secret-error')))).rejects.toThrow(
      'secret',
    );
    await cache.get('3');
    await until('kept', async () => {
      await cache.get('secret-id');
      return (await count('redis_cache_reads_total', 'near')) !== 0;
    });
    diagnostics.unsubscribe('sluice:cache:read', note);
    for (const stage of stages) diagnostics.unsubscribe(stage, note);
    expect(await count('redis_cache_loads_total', 'ok')).toBe(1);
    expect(await count('redis_cache_loads_total', 'error')).toBe(1);
    expect(await count('redis_cache_coalesced_total')).toBe(9);
    expect(await count('redis_cache_reads_total', 'miss')).toBeGreaterThanOrEqual(11);
    expect(await count('redis_cache_near_bytes')).toBeGreaterThan(0);
    expect((await figures('redis_cache_load_duration_seconds'))?.length).toBeGreaterThan(0);
    expect(events).toContainEqual({ cache: 'thing', outcome: 'near' });
    expect(events).toContainEqual(expect.objectContaining({ cache: 'thing', reason: 'miss' }));
    expect(inspect(events, { depth: 9 })).not.toContain('secret');
    expect(await register.metrics()).not.toContain('secret');
    // Each change once, though this process knows of its own before the server says so. A few more may be told of when
    // the machine is so busy that a write counts as lost and is taken back.
    const told = async () => (await count('redis_cache_near_invalidations_total')) as number;
    const before = await told();
    await Promise.all(Array.from({ length: 20 }, (_, i) => cache.set(`changed:${i}`, 'secret-value')));
    await until('told of all', async () => (await told()) >= before + 20);
    expect(await told()).toBeLessThan(before + 35);
    await here.close();
    expect(await figures('redis_cache_reads_total')).toEqual([]);
  });
});
