import { startRedis, startStopwatch } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import type { CacheLoad, RedisCache, RedisCacheOptions } from '../../index';
import { RedisError } from '../../index';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { lifetime, refreshEarly, retention } from './freshness';

interface Thing {
  n: number;
}

describe('the freshness of cached values', () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let names = 0;

  beforeAll(async () => {
    server = await startRedis();
    here = await redisApp(server.url);
  });
  afterAll(async () => {
    await closeRedisApps();
    await server.stop();
  });

  /** A cache with an entry that stopped being fresh `age` ms ago; negative: that is fresh for so long. */
  async function withEntry(
    age: number,
    options: Partial<RedisCacheOptions<Thing>>,
    value: Thing | null = { n: 1 },
  ) {
    const name = `thing-${++names}`;
    const cache = here.redis.cache<Thing>(name, { ttl: 60_000, jitter: 0, ...options });
    await cache.set('1', value);
    await setAge(name, age);
    return { cache, setAge: (ms: number) => setAge(name, ms), name };
  }

  async function setAge(name: string, age: number): Promise<void> {
    const key = `${here.prefix}cache:${name}:1`;
    const raw = await server.cli('GET', key);
    const expiry = String(Date.now() - age).padStart(13, '0');
    await server.cli('SET', key, raw.slice(0, 21) + expiry + raw.slice(34), 'PX', '60000');
  }

  const load = (n: number) => async () => ({ n });
  const fail = async (): Promise<Thing> => Promise.reject(new Error('boom'));
  const never = () => new Promise<Thing>(() => undefined);

  const stored = (cache: RedisCache<Thing>, n: number) =>
    until(`stored ${n}`, async () => (await cache.get('1'))?.n === n);

  it('an old value is a miss, unless it may be served', async () => {
    const { cache } = await withEntry(1, {});
    expect(await cache.get('1')).toBeUndefined();
    expect(await cache.getOrSet('1', load(2))).toEqual({ n: 2 });
  });

  describe('stale while revalidate', () => {
    it('serves the old value at once and loads a new one behind it, once', async () => {
      const { cache } = await withEntry(1_000, { staleWhileRevalidate: 10_000 });
      let loads = 0;
      const loader = async () => ({ n: 2 + loads++ });
      const all = await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('1', loader)));
      expect(new Set(all.map((thing) => thing?.n))).toEqual(new Set([1]));
      await stored(cache, 2);
      expect(loads).toBe(1);
    });

    it('many at once: the old ones at once, one load behind them for all', async () => {
      const { cache } = await withEntry(1_000, { staleWhileRevalidate: 10_000 });
      const loads: string[][] = [];
      const loadMissing = async (ids: readonly string[]) => {
        loads.push([...ids].sort());
        return new Map(ids.map((id) => [id, { n: 2 }]));
      };
      const first = await cache.getOrSetMany(['1', '2'], loadMissing);
      expect(first).toEqual(
        new Map([
          ['1', { n: 1 }],
          ['2', { n: 2 }],
        ]),
      );
      await stored(cache, 2);
      expect(loads).toEqual([['1', '2']]);
    });

    it('after its time callers wait', async () => {
      const { cache } = await withEntry(10_001, { staleWhileRevalidate: 10_000 });
      expect(await cache.getOrSet('1', load(2))).toEqual({ n: 2 });
    });

    it('a load that fails behind it disturbs nobody', async () => {
      const { cache } = await withEntry(1_000, { staleWhileRevalidate: 10_000 });
      expect(await cache.getOrSet('1', fail)).toEqual({ n: 1 });
      await until('loaded by a later one', async () => (await cache.getOrSet('1', load(2)))?.n === 2);
    });

    it('what was invalidated is not served as an old value', async () => {
      const { cache } = await withEntry(1_000, { staleWhileRevalidate: 10_000, tags: () => ['swr'] });
      await here.redis.invalidateTags(['swr']);
      expect(await cache.getOrSet('1', load(2))).toEqual({ n: 2 });
    });
  });

  describe('fail-safe', () => {
    const failSafe = { maxAge: 30_000, throttle: 60_000 };

    it('serves the old value when the loader fails, and lets nobody try again for a while, anywhere', async () => {
      const { cache, name } = await withEntry(1_000, { failSafe });
      const there = await redisApp(server.url, { keyPrefix: here.prefix });
      const elsewhere = there.redis.cache<Thing>(name, { ttl: 60_000, failSafe });
      expect(await cache.getOrSet('1', fail)).toEqual({ n: 1 });
      const flight = `${here.prefix}flight:{${here.prefix}cache:${name}:1}`;
      await until('noted', async () => (await server.cli('HGET', flight, 'holder')) === '');
      let tries = 0;
      const again = async () => ({ n: 2 + tries++ });
      expect(await cache.getOrSet('1', again)).toEqual({ n: 1 });
      expect(await elsewhere.getOrSet('1', again)).toEqual({ n: 1 });
      expect(tries).toBe(0);
      await server.cli('DEL', flight); // the throttle has run out
      expect(await cache.getOrSet('1', again)).toEqual({ n: 2 });
      await there.close();
    });

    it('beyond its age, and where there is no old value, the error goes up', async () => {
      const { cache, setAge: age } = await withEntry(30_001, { failSafe });
      await expect(cache.getOrSet('1', fail)).rejects.toThrow('boom');
      await age(1_000);
      await cache.delete('1');
      await expect(cache.getOrSet('1', fail)).rejects.toThrow('boom');
      expect(await cache.getOrSet('1', load(2))).toEqual({ n: 2 });
    });

    it('a delete ends the throttle', async () => {
      const { cache } = await withEntry(1_000, { failSafe });
      expect(await cache.getOrSet('1', fail)).toEqual({ n: 1 });
      await cache.delete('1');
      expect(await cache.getOrSet('1', load(2))).toEqual({ n: 2 });
    });
  });

  describe('timeouts of loaders', () => {
    it('soft: callers get the old value, later ones at once; the load goes on and is stored', async () => {
      const { cache } = await withEntry(1_000, { failSafe: { maxAge: 30_000 }, softTimeout: 500 });
      let finish: (thing: Thing) => void = () => undefined;
      const slow = () => new Promise<Thing>((resolve) => (finish = resolve));
      expect(await cache.getOrSet('1', slow)).toEqual({ n: 1 });
      const watch = startStopwatch();
      for (let i = 0; i < 5; i++) expect(await cache.getOrSet('1', never)).toEqual({ n: 1 });
      expect(watch.stop()).toBeLessThan(500); // none of them waited for it
      finish({ n: 2 });
      await stored(cache, 2);
    });

    it('hard: the loader is told, callers get an error, the next one may load', async () => {
      const { cache } = await withEntry(1, { hardTimeout: 50 });
      let told: AbortSignal | undefined;
      const error: unknown = await cache
        .getOrSet('1', ({ signal }) => {
          told = signal;
          return never();
        })
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(RedisError);
      expect(error).toMatchObject({ code: 'CACHE_LOAD_TIMEOUT' });
      expect(told?.aborted).toBe(true);
      expect(await cache.getOrSet('1', load(2))).toEqual({ n: 2 });
    });

    it('hard with fail-safe: the old value', async () => {
      const { cache } = await withEntry(1_000, { hardTimeout: 50, failSafe: { maxAge: 30_000 } });
      expect(await cache.getOrSet('1', never)).toEqual({ n: 1 });
    });

    it('the caller’s own deadline ends its wait and not the load', async () => {
      const { cache } = await withEntry(1, {});
      const deadline = new AbortController();
      const begun: ((thing: Thing) => void)[] = [];
      const slow = () => new Promise<Thing>((resolve) => begun.push(resolve));
      const hasty = cache.getOrSet('1', slow, { signal: deadline.signal });
      const patient = cache.getOrSet('1', never);
      await until('the load has begun', () => begun.length === 1);
      deadline.abort(new Error('too late'));
      await expect(hasty).rejects.toThrow('too late');
      await expect(
        cache.getOrSet('1', never, { signal: AbortSignal.abort(new Error('gone')) }),
      ).rejects.toThrow('gone');
      begun[0]?.({ n: 2 });
      expect(await patient).toEqual({ n: 2 });
    });
  });

  describe('what a loader can say', () => {
    it('sees the old value, and can say that it is still right', async () => {
      const { cache } = await withEntry(1_000, { failSafe: { maxAge: 30_000 } });
      let seen: unknown;
      const unchanged = async ({ previous }: CacheLoad<Thing>) => {
        seen = previous;
        return previous ?? null;
      };
      expect(await cache.getOrSet('1', unchanged)).toEqual({ n: 1 });
      expect(seen).toEqual({ n: 1 });
      expect(await cache.get('1')).toEqual({ n: 1 });
      await cache.delete('1');
      await cache.getOrSet('1', unchanged);
      expect(seen).toBeUndefined();
    });

    it('chooses the time-to-live of the value; 0 stores nothing', async () => {
      const { cache, name } = await withEntry(1, { ttl: 60_000 });
      await cache.getOrSet('1', async ({ setTtl }) => {
        setTtl(5_000);
        return { n: 2 };
      });
      expect(Number(await server.cli('PTTL', `${here.prefix}cache:${name}:1`))).toBeLessThanOrEqual(5_000);
      await cache.delete('1');
      const unstored = async ({ setTtl }: CacheLoad<Thing>) => {
        setTtl(0);
        return { n: 3 };
      };
      expect(await cache.getOrSet('1', unstored)).toEqual({ n: 3 });
      expect(await cache.get('1')).toBeUndefined();
      await expect(cache.getOrSet('1', async ({ setTtl }) => (setTtl(-1), null))).rejects.toThrow(
        /whole number/,
      );
    });

    it('adds tags, which take the value out of service like declared ones', async () => {
      const { cache } = await withEntry(1, { tags: () => ['declared'] });
      const tagged =
        (n: number) =>
        async ({ addTags }: CacheLoad<Thing>) => {
          addTags('author:7', 'declared');
          return { n };
        };
      expect(await cache.getOrSet('1', tagged(2))).toEqual({ n: 2 });
      expect(await cache.getOrSet('1', tagged(3))).toEqual({ n: 2 });
      expect(await cache.getMany(['1'])).toEqual(new Map([['1', { n: 2 }]]));
      await here.redis.invalidateTags(['author:7']);
      expect(await cache.get('1')).toBeUndefined();
      expect(await cache.getMany(['1'])).toEqual(new Map());
      expect(await cache.getOrSet('1', tagged(4))).toEqual({ n: 4 });
      await here.redis.invalidateTags(['declared']);
      expect(await cache.get('1')).toBeUndefined();
    });

    it('a tag it adds that was invalidated while it ran: not stored', async () => {
      const { cache } = await withEntry(1, {});
      await here.redis.invalidateTags(['author:8']); // the tag has a version
      const overtaken = async ({ addTags }: CacheLoad<Thing>) => {
        await here.redis.invalidateTags(['author:8']);
        addTags('author:8');
        return { n: 2 };
      };
      expect(await cache.getOrSet('1', overtaken)).toEqual({ n: 2 });
      expect(await cache.get('1')).toBeUndefined();
    });
  });

  it('early refresh: the throw of dice falls the likelier the closer the end and the longer the load', () => {
    const share = (freshForMs: number, loadMs: number) => {
      let early = 0;
      for (let i = 0; i < 4_000; i++) if (refreshEarly(freshForMs, loadMs, 1)) early++;
      return early / 4_000;
    };
    // P(-ln(u) * load >= fresh) = exp(-fresh / load)
    expect(share(100, 100)).toBeCloseTo(Math.exp(-1), 1);
    expect(share(300, 100)).toBeCloseTo(Math.exp(-3), 1);
    expect(share(100, 1_000)).toBeCloseTo(Math.exp(-0.1), 1);
    expect(share(60_000, 10)).toBe(0);
    expect(refreshEarly(0, 100, 0)).toBe(false);
  });

  it('early refresh: a fresh value is served while a new one is loaded behind it', async () => {
    const { cache } = await withEntry(-2_000, { earlyRefresh: 100 });
    // The load before took no time at all, which counts as 1 ms: with beta 100 one read in e^20 would be early.
    jest.spyOn(Math, 'random').mockReturnValue(Number.MIN_VALUE);
    expect(await cache.getOrSet('1', load(2))).toEqual({ n: 1 });
    jest.restoreAllMocks();
    await stored(cache, 2);
  });

  it('lifetimes: jitter shortens, old values are kept as long as they may stand in', () => {
    const options = { jitter: 0.5, staleWhileRevalidate: 10, failSafe: { maxAge: 50, throttle: 1 } };
    for (let i = 0; i < 100; i++) {
      expect(lifetime(1_000, options)).toBeGreaterThanOrEqual(500);
      expect(lifetime(1_000, options)).toBeLessThanOrEqual(1_000);
    }
    expect(lifetime(0, options)).toBe(0);
    expect(retention(1_000, false, options)).toBe(1_050);
    expect(retention(1_000, true, options)).toBe(1_000);
  });
});
