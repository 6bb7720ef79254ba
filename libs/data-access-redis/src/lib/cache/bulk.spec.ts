import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { RedisUsageError } from '../../index';
import type { RedisCache } from '../../index';
import { BatchedReads } from './read-batch';

interface Thing {
  n: number;
}

describe('many values at once', () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let cache: RedisCache<Thing>;
  let loads: string[][];

  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    here = await redisApp(server.url);
    cache = here.redis.cache('thing', { ttl: 60_000, tags: (id) => [`thing:${id}`] });
    loads = [];
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  const ids = Array.from({ length: 100 }, (_, i) => String(i));
  const loadMissing = async (missing: readonly string[]) => {
    loads.push([...missing]);
    return new Map(missing.filter((id) => id !== '13').map((id) => [id, { n: Number(id) }]));
  };

  it('one load for all that is missing, then none; what it does not bring does not exist', async () => {
    await cache.set('7', { n: 70 });
    const first = await cache.getOrSetMany(ids, loadMissing);
    expect([...first.keys()]).toEqual(ids);
    expect([first.get('7'), first.get('13'), first.get('99')]).toEqual([{ n: 70 }, null, { n: 99 }]);
    expect(loads).toEqual([ids.filter((id) => id !== '7')]);
    expect(await cache.getOrSetMany(ids, loadMissing)).toEqual(first);
    expect(loads).toHaveLength(1);
    expect(await cache.getMany(ids)).toEqual(first);
  });

  it('shares its flights with those who ask for one, here and in another process', async () => {
    const there = await redisApp(server.url, { keyPrefix: here.prefix });
    const elsewhere = there.redis.cache<Thing>('thing', { ttl: 60_000, tags: (id) => [`thing:${id}`] });
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let began: () => void = () => undefined;
    const loading = new Promise<void>((resolve) => (began = resolve));
    const all = cache.getOrSetMany(['1', '2', '3'], async (missing) => {
      began();
      await gate;
      return loadMissing(missing);
    });
    await loading;
    const one = cache.getOrSet('2', async () => ({ n: -1 }));
    const others = elsewhere.getOrSetMany(['3', '4'], loadMissing);
    release();
    expect(await one).toEqual({ n: 2 });
    expect(await all).toEqual(new Map([1, 2, 3].map((n) => [String(n), { n }])));
    expect(await others).toEqual(new Map([3, 4].map((n) => [String(n), { n }])));
    expect(loads.sort()).toEqual([['1', '2', '3'], ['4']]);
  });

  it('an error of the load reaches those who wait for it and no other', async () => {
    await cache.set('1', { n: 1 });
    const boom = cache.getOrSetMany(['1', '2'], async () => Promise.reject(new Error('boom')));
    await expect(boom).rejects.toThrow('boom');
    expect(await cache.getOrSetMany(['1', '2'], loadMissing)).toEqual(
      new Map([1, 2].map((n) => [String(n), { n }])),
    );
  });

  it('the loader chooses time-to-live and tags of each value', async () => {
    const load = () =>
      cache.getOrSetMany(['1', '2', '3'], async (missing, { setTtl, addTags }) => {
        if (missing.includes('1')) setTtl('1', 0);
        if (missing.includes('2')) addTags('2', 'group', 'other');
        return loadMissing(missing);
      });
    await load();
    await load();
    expect(loads).toEqual([['1', '2', '3'], ['1']]);
    await here.redis.invalidateTags(['group']);
    await load();
    expect(loads.slice(2)).toEqual([['1', '2']]);
  });

  it('it can say nothing of an id that it was not asked for', async () => {
    await cache.set('1', { n: 1 });
    const meddling = cache.getOrSetMany(['1', '2'], async (missing, { setTtl }) => {
      setTtl('1', 5);
      return loadMissing(missing);
    });
    await expect(meddling).rejects.toThrow(RedisUsageError);
  });

  it('an id named twice, none at all, a bad one', async () => {
    expect(await cache.getOrSetMany(['5', '5'], loadMissing)).toEqual(new Map([['5', { n: 5 }]]));
    expect(loads).toEqual([['5']]);
    expect(await cache.getOrSetMany([], loadMissing)).toEqual(new Map());
    expect(await cache.getMany([])).toEqual(new Map());
    await expect(cache.getOrSetMany(['5', ''], loadMissing)).rejects.toThrow(/id of a cached value/);
  });

  it('thousands of them: few commands at a time, and a Redis that is silent is waited for once', async () => {
    const many = Array.from({ length: 12_000 }, (_, i) => `many:${i}`);
    const patient = await redisApp(server.url, { cacheTimeoutMs: 1_000 });
    cache = patient.redis.cache('thing', { ttl: 60_000, tags: (id) => [`thing:${id}`] });
    const send = jest.spyOn(BatchedReads.prototype as unknown as { send: () => void }, 'send');
    await cache.set('many:11999', { n: 1 });
    expect(await cache.getMany(many)).toEqual(new Map([['many:11999', { n: 1 }]]));
    expect(send.mock.calls.length).toBeGreaterThan(40);
    send.mockClear();
    server.freeze();
    try {
      expect(await cache.getMany(many)).toEqual(new Map());
    } finally {
      server.thaw();
    }
    expect(send.mock.calls.length).toBeLessThanOrEqual(32);
    send.mockRestore();
  });

  it('without Redis: one load for all', async () => {
    const gone = await startRedis();
    const app = await redisApp(gone.url);
    await gone.stop();
    const alone = app.redis.cache<Thing>('thing', { ttl: 60_000 });
    expect((await alone.getOrSetMany(ids, loadMissing)).get('42')).toEqual({ n: 42 });
    expect(loads).toEqual([ids]);
  });
});
