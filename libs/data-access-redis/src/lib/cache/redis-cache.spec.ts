import { Logger } from '@nestjs/common';
import { startRedis, startStopwatch } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { redisRequestScope, RedisUsageError } from '../../index';
import type { RedisCache } from '../../index';
import { CacheStore } from './cache-store';
import { encode } from './entry/envelope';
import { FleetFlights } from './flight/fleet-flights';
import { PendingInvalidations } from './pending-invalidations';

interface Thing {
  n: number;
}

/** A promise that is settled from outside: a load that takes as long as the test wants. */
function gate<T>() {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => (open = resolve));
  return { promise, open };
}

const options = { ttl: 60_000, tags: (id: string) => [`thing:${id}`, 'things'] };

describe('the cache', () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let there: RedisTestApp; // another process, same keys
  let a: RedisCache<Thing>;
  let b: RedisCache<Thing>;

  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    here = await redisApp(server.url);
    there = await redisApp(server.url, { keyPrefix: here.prefix });
    a = here.redis.cache<Thing>('thing', options);
    b = there.redis.cache<Thing>('thing', options);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeRedisApps();
  });
  afterAll(() => server.stop());

  const key = (id: string) => `${here.prefix}cache:thing:${id}`;
  const load = (n: number) => async () => ({ n });
  const never = async (): Promise<Thing> => {
    throw new Error('loaded although it was cached');
  };

  it('remembers values and absences for every process, in the shape that JSON gives them', async () => {
    expect(await a.get('1')).toBeUndefined();
    expect(await a.getOrSet('1', load(1))).toEqual({ n: 1 });
    expect(await b.getOrSet('1', never)).toEqual({ n: 1 });
    expect(await a.getOrSet('2', async () => null)).toBeNull();
    expect(await b.getOrSet('2', never)).toBeNull();
    await a.set('3', { n: 3 });
    expect(await b.getMany(['1', '2', '3', '4', '1'])).toEqual(
      new Map([
        ['1', { n: 1 }],
        ['2', null],
        ['3', { n: 3 }],
      ]),
    );
    const dates = here.redis.cache<{ at: unknown }>('date', { ttl: 1_000 });
    const loaded = await dates.getOrSet('1', async () => ({ at: new Date(0) }));
    expect(loaded).toEqual(await dates.get('1'));
  });

  it('every key it writes lies under the prefix and expires', async () => {
    await a.getOrSet('1', load(1));
    await a.delete('2');
    const names = (await server.cli('--scan', '--pattern', `${here.prefix}*`)).split('\n');
    expect(names).toHaveLength(1 + 3); // the value, and the tags: the cache's own, and two of the value
    for (const name of names) {
      expect(name).toMatch(/:(cache|tag):/);
      expect(Number(await server.cli('PTTL', name))).toBeGreaterThan(0);
    }
  });

  it('shortens lifetimes by the jitter, never lengthens them, and forgets at the end', async () => {
    const long = here.redis.cache<Thing>('long', { ttl: 60_000, jitter: 0.5 });
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    await Promise.all(ids.map((id) => long.set(id, { n: 1 })));
    const lifetimes: number[] = [];
    for (const id of ids) lifetimes.push(Number(await server.cli('PTTL', `${here.prefix}cache:long:${id}`)));
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(60_000);
    expect(Math.max(...lifetimes) - Math.min(...lifetimes)).toBeGreaterThan(5_000);
    const short = here.redis.cache<Thing>('short', { ttl: 100 });
    await short.set('1', { n: 1 });
    await until('forgotten', async () => (await short.get('1')) === undefined);
    const none = here.redis.cache<Thing>('none', { ttl: 100, negativeTtl: 0 });
    await none.getOrSet('1', async () => null);
    expect(await none.get('1')).toBeUndefined();
  });

  it('one load for all who ask at the same time; nobody can change what another is handed', async () => {
    let loads = 0;
    const slow = gate<Thing>();
    const all = Array.from({ length: 100 }, () =>
      a.getOrSet('1', () => {
        loads++;
        return slow.promise;
      }),
    );
    slow.open({ n: 1 });
    const values = await Promise.all(all);
    expect(loads).toBe(1);
    for (const value of values) {
      expect(value).toEqual({ n: 1 });
      (value as Thing).n = 99;
    }
    expect(await a.get('1')).toEqual({ n: 1 });
  });

  it('a load that fails reaches all who wait, and is tried again by the next', async () => {
    const failing = gate<never>();
    const boom = async () => failing.promise.then(() => Promise.reject(new Error('boom')));
    const both = Promise.allSettled([a.getOrSet('1', boom), a.getOrSet('1', boom)]);
    failing.open(undefined as never);
    expect((await both).map((r) => r.status)).toEqual(['rejected', 'rejected']);
    expect(await a.getOrSet('1', load(1))).toEqual({ n: 1 });
  });

  describe('an invalidation that comes while a load is running', () => {
    const invalidations: [string, (app: RedisTestApp, cache: RedisCache<Thing>) => Promise<void>][] = [
      ['delete', (_, cache) => cache.delete('1')],
      ['tag of the value', (app) => app.redis.invalidateTags(['thing:1'])],
      ['tag of all', (app) => app.redis.invalidateTags(['things'])],
      ['set', (_, cache) => cache.set('1', { n: 2 })],
    ];

    /** Whether the state from before the invalidation is served after it. */
    async function servesTheOldState(invalidate: () => Promise<void>): Promise<boolean> {
      const slow = gate<Thing>();
      const started = gate<void>();
      const loading = a.getOrSet('1', () => {
        started.open();
        return slow.promise;
      });
      await started.promise;
      await invalidate();
      const after = await a.getOrSet('1', load(2)); // does not join the old load
      slow.open({ n: 1 });
      await loading;
      const later = [await a.getOrSet('1', load(2)), await b.getOrSet('1', load(2))];
      return [after, ...later].some((value) => value?.n !== 2);
    }

    it.each(invalidations)('%s: in this process', async (_, invalidate) => {
      expect(await servesTheOldState(() => invalidate(here, a))).toBe(false);
    });

    it.each(invalidations)('%s: in another process', async (name, invalidate) => {
      // a's caller joins a's running load, as it may: it cannot know. What counts is what is stored.
      const slow = gate<Thing>();
      const started = gate<void>();
      const loading = a.getOrSet('1', () => {
        started.open();
        return slow.promise;
      });
      await started.promise;
      await invalidate(there, b);
      slow.open({ n: 1 });
      await loading;
      expect(await a.getOrSet('1', load(2))).toEqual({ n: 2 });
      expect(name).toBeTruthy();
    });

    it('mutant: a fill without the fence brings the old value back', async () => {
      const begin = FleetFlights.prototype.begin;
      jest.spyOn(FleetFlights.prototype, 'begin').mockImplementation(async function (
        this: FleetFlights,
        key,
        ...words
      ) {
        const grant = await begin.call(this, key, ...words);
        if (grant.is !== 'yours') return grant;
        const fill = (entry: Parameters<typeof grant.flight.fill>[0], ttl: number) =>
          server.cli('SET', here.prefix + key, encode(entry), 'PX', String(ttl)).then(() => true);
        return { ...grant, flight: { ...grant.flight, fill } };
      });
      const slow = gate<Thing>();
      const started = gate<void>();
      const loading = a.getOrSet('1', () => {
        started.open();
        return slow.promise;
      });
      await started.promise;
      await b.delete('1');
      slow.open({ n: 1 });
      await loading;
      expect(await a.getOrSet('1', load(2))).toEqual({ n: 1 });
    });
  });

  it('invalidation by tag is seen by every process at once and touches only what carries the tag', async () => {
    await a.set('1', { n: 1 });
    await a.set('2', { n: 2 });
    await here.redis.invalidateTags(['thing:1']);
    expect(await b.getMany(['1', '2'])).toEqual(new Map([['2', { n: 2 }]]));
    await there.redis.invalidateTags(['things']);
    expect(await a.getMany(['1', '2'])).toEqual(new Map());
  });

  it('a tag whose version is lost takes its values with it and never comes back with an old number', async () => {
    await a.set('1', { n: 1 });
    await server.cli('DEL', `${here.prefix}tag:things`);
    expect(await a.get('1')).toBeUndefined();
    await a.set('2', { n: 2 }); // the tag has a version again
    expect(await a.get('1')).toBeUndefined();
  });

  it('a random history of two processes never serves what an invalidation has taken out of service', async () => {
    const truth = new Map<string, number>();
    const read = (id: string) => async () => (truth.has(id) ? { n: truth.get(id) as number } : null);
    let seed = 20_261_124;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let step = 0; step < 600; step++) {
      const id = String(random(4));
      const [app, cache] = random(2) ? [here, a] : [there, b];
      const kind = random(6);
      if (kind === 0) truth.set(id, step);
      if (kind === 1) truth.delete(id);
      if (kind <= 1) await (random(2) ? cache.delete(id) : app.redis.invalidateTags([`thing:${id}`]));
      else if (kind === 2) {
        truth.set(id, step);
        await cache.set(id, { n: step });
      } else {
        const seen = await cache.getOrSet(id, read(id));
        expect([step, seen?.n]).toEqual([step, truth.get(id)]);
      }
    }
  });

  describe('what lies in Redis is', () => {
    const warnings = () => jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

    it.each([
      ['garbage', ['SET', 'garbage']],
      ['JSON of somebody else', ['SET', '{"n":1}']],
      ['an envelope cut short', ['SET', 's2 AAAAAAAAAAAAAAAA v9999999999999 1']],
      ['an envelope with a broken value', ['SET', 's2 AAAAAAAAAAAAAAAA v9999999999999 7 1 {"a":"1\n{"n":1}']],
    ])('%s: a miss, said once, removed, replaced by the next load', async (_, [command, ...words]) => {
      const warn = warnings();
      await server.cli(command as string, key('1'), ...words);
      expect(await a.get('1')).toBeUndefined();
      await until('removed', async () => (await server.cli('EXISTS', key('1'))) === '0');
      await server.cli(command as string, key('1'), ...words);
      expect(await a.getOrSet('1', load(1))).toEqual({ n: 1 });
      expect(warn).toHaveBeenCalledTimes(1);
      expect(String(warn.mock.calls[0])).not.toContain('thing:1');
      await until('stored', async () => (await a.get('1'))?.n === 1);
    });

    it.each([
      ['a list', ['RPUSH', 'x']],
      ['a hash', ['HSET', 'f', 'v']],
    ])('%s: a miss, said once, replaced by the next load', async (_, [command, ...words]) => {
      const warn = warnings();
      for (let time = 0; time < 2; time++) {
        await server.cli('DEL', key('1'));
        await server.cli(command as string, key('1'), ...words);
        expect(await a.get('1')).toBeUndefined();
        expect(await a.getMany(['1'])).toEqual(new Map());
        expect(await a.getOrSet('1', load(1))).toEqual({ n: 1 });
        expect(await b.getOrSet('1', never)).toEqual({ n: 1 });
      }
      expect(warn).toHaveBeenCalledTimes(1);
      expect(String(warn.mock.calls[0])).not.toContain('thing:1');
    });

    it('garbage that has been replaced meanwhile: left alone', async () => {
      warnings();
      const { discard } = CacheStore.prototype;
      const late: (() => void)[] = [];
      jest.spyOn(CacheStore.prototype, 'discard').mockImplementation(function (this: CacheStore, ...seen) {
        late.push(() => discard.apply(this, seen));
      });
      await server.cli('SET', key('1'), 'garbage');
      await a.get('1');
      await b.set('1', { n: 1 });
      for (const remove of late) remove();
      expect(late).toHaveLength(1);
      await here.client.ping();
      expect(await a.get('1')).toEqual({ n: 1 });
    });

    it('an envelope of an older release: a miss that nobody complains of, replaced by the next load', async () => {
      const warn = warnings();
      const older = 's1 AbCdEfGhIjKlMnOp {"k":"value","e":9999999999999,"t":{}}\n{"n":0}';
      await server.cli('SET', key('1'), older, 'PX', '60000');
      expect(await a.get('1')).toBeUndefined();
      expect(await server.cli('GET', key('1'))).toBe(older);
      expect(await a.getOrSet('1', load(1))).toEqual({ n: 1 });
      expect(await b.getOrSet('1', never)).toEqual({ n: 1 });
      expect(warn).not.toHaveBeenCalled();
    });

    it('an envelope of a newer release: a miss, left alone by reads and loads', async () => {
      await server.cli('SET', key('1'), 's3 something new');
      expect(await a.get('1')).toBeUndefined();
      expect(await a.getOrSet('1', load(1))).toEqual({ n: 1 });
      expect(await server.cli('GET', key('1'))).toBe('s3 something new');
      await a.delete('1'); // but an invalidation is obeyed by all
      expect(await server.cli('GET', key('1'))).not.toContain('new');
    });
  });

  describe('with Redis gone', () => {
    beforeEach(async () => {
      await a.set('1', { n: 1 });
    });
    afterEach(async () => {
      await server.restart();
    });

    it('reads are misses, loads are coalesced, nothing rejects, nothing waits', async () => {
      await server.kill();
      await until('noticed', () => !here.redis.state.ready);
      let loads = 0;
      const watch = startStopwatch();
      expect(await a.get('1')).toBeUndefined();
      expect(await a.getMany(['1'])).toEqual(new Map());
      const all = await Promise.all(
        Array.from({ length: 10 }, () =>
          a.getOrSet('1', async () => {
            loads++;
            return { n: 5 };
          }),
        ),
      );
      await a.set('1', { n: 6 });
      await a.delete('1');
      await here.redis.invalidateTags(['things']);
      expect(watch.stop()).toBeLessThan(100);
      expect(all).toHaveLength(10);
      expect(loads).toBe(1);
    });
  });

  it.each<[string, (id: string) => Promise<void>]>([
    ['delete', (id) => a.delete(id)],
    ['tag', (id) => here.redis.invalidateTags([`thing:${id}`])],
    ['set', (id) => a.set(id, { n: 2 })],
  ])(
    'frozen: a %s that could not be sent holds here at once, and everywhere once Redis is back',
    async (_, act) => {
      await a.set('1', { n: 1 });
      server.freeze();
      await act('1');
      server.thaw();
      expect(await a.getOrSet('1', load(2))).toEqual({ n: 2 });
      await until('replayed', async () => (await b.getOrSet('1', load(2)))?.n === 2);
    },
  );

  it('mutant: without the memory for unsent invalidations the old value is served', async () => {
    await a.set('1', { n: 1 });
    jest.spyOn(PendingInvalidations.prototype, 'send').mockImplementation(async (_, invalidate) => {
      await invalidate().catch(() => undefined);
    });
    jest.spyOn(CacheStore.prototype, 'forget').mockRejectedValue(new Error('lost'));
    await a.delete('1');
    expect(await a.getOrSet('1', load(2))).toEqual({ n: 1 });
  });

  it('tells the request how each cache answered', async () => {
    await redisRequestScope(async (scope) => {
      await a.getOrSet('1', load(1));
      await a.getOrSet('1', never);
      expect(scope.cacheOutcomes).toEqual([
        { cache: 'thing', outcome: 'miss' },
        { cache: 'thing', outcome: 'hit' },
      ]);
    });
  });

  it('refuses what would bite later', async () => {
    expect(() => here.redis.cache('thing', { ttl: 1 })).toThrow(RedisUsageError);
    expect(() => here.redis.cache('With Blanks', { ttl: 1 })).toThrow(RedisUsageError);
    expect(() => here.redis.cache('x', { ttl: 0 })).toThrow(RedisUsageError);
    expect(() => here.redis.cache('x', { ttl: 1, jitter: 2 })).toThrow(RedisUsageError);
    await expect(a.getOrSet('1', async () => undefined as never)).rejects.toThrow(/return null/);
    await expect(a.getOrSet('', load(1))).rejects.toThrow(RedisUsageError);
  });
});
