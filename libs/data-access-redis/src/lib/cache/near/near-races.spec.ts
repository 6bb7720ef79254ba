/*
 * Races of reads with changes, each made to happen. The rows are those of the table of races that the design was
 * drawn from; what concerns the link for invalidations (rows 4-6, 9, 15) is in invalidation-feed.spec.ts, servers that
 * do not track in published-invalidations.spec.ts, loads (rows 10, 11) in flight/load-races.spec.ts. Not here:
 * - rows 12-14 (slots that move) belong to Cluster
 * - row 19 (Redis 6 puts invalidations between the replies of a transaction) cannot happen: no command whose answer
 *   is kept goes over the link that invalidations come by
 */
import { redisRequestScope } from '../../../index';
import type { RedisCache } from '../../../index';
import { inUse, isNear, ProxiedApp, untilNear } from '../../../testing/proxied-app';
import { until } from '../../../testing/redis-test-app';
import { ReadBatch } from '../read-batch';
import { NearCache } from './near-cache';
import { TagCells } from './tag-cells';

interface Thing {
  n: number;
}

const options = { ttl: 60_000, jitter: 0, tags: (id: string) => [`thing:${id}`, 'things'] };
/** Bytes of an invalidation, at least; the answer to a sign of life has fewer. */
const MESSAGE = 49;

const app = new ProxiedApp();
let near: RedisCache<Thing>;
let writer: RedisCache<Thing>; // in another process, without a near cache

beforeEach(async () => {
  near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
  writer = app.there.redis.cache<Thing>('thing', options);
  await writer.set('1', { n: 1 });
  await writer.set('warm', { n: 0 });
  await untilNear(near, 'warm'); // invalidations arrive from now on
});

/** What another process does to the value 1, of which key the server tells, and what is there then. */
const changes: [string, () => Promise<unknown>, () => string | null, Thing | undefined][] = [
  ['set', () => writer.set('1', { n: 2 }), () => app.key('1'), { n: 2 }],
  ['delete', () => writer.delete('1'), () => app.key('1'), undefined],
  ['tag', () => app.there.redis.invalidateTags(['thing:1']), () => app.tag('thing:1'), undefined],
  ['clear', () => writer.clear(), () => app.tag('cache:thing'), undefined],
  ['FLUSHALL', () => app.server.cli('FLUSHALL'), () => null, undefined],
];

describe('told of a change while the read of the value is under way (rows 1, 3)', () => {
  async function overtakenRead(change: () => Promise<unknown>, told: () => string | null) {
    const cmd = await app.link('cmd');
    await inUse(near, 'warm', async () => {
      cmd.hold('toClient');
      const read = near.get('1');
      await cmd.waitForHeld('toClient');
      app.forgetWhatWasTold();
      await change();
      await app.told(told());
      cmd.release();
      expect(await read).toEqual({ n: 1 }); // it was asked before the change
    });
    return near.get('1');
  }

  it.each(changes)('%s: the old value is not kept', async (_, change, told, after) => {
    expect(await overtakenRead(change, told)).toEqual(after);
  });

  it.each(changes)('mutant, %s: without the mark on reads under way it is', async (_, change, told) => {
    jest.spyOn(ReadBatch.prototype, 'isDirty').mockReturnValue(false);
    expect(await overtakenRead(change, told)).toEqual({ n: 1 });
    expect(isNear(near, '1')).toBe(true);
  });
});

describe('told of a change in the turn in which the old value arrives (rows 1, 3)', () => {
  it.each(
    changes.flatMap((change) => [
      [...change, ['cmd', 'inv'] as const] as const,
      [...change, ['inv', 'cmd'] as const] as const,
    ]),
  )('%s: the old value is not kept (%#)', async (_, change, told, after, order) => {
    const links = { cmd: await app.link('cmd'), inv: await app.link('inv') };
    links.cmd.hold('toClient');
    const read = near.get('1');
    await links.cmd.waitForHeld('toClient');
    links.inv.hold('toClient');
    await change();
    await links.inv.waitForHeld('toClient', MESSAGE);
    app.forgetWhatWasTold();
    for (const link of order) links[link].release();
    expect(await read).toEqual({ n: 1 });
    await app.told(told());
    expect(await near.get('1')).toEqual(after);
  });
});

describe('changed between the two reads that tags chosen by the loader take (row 1)', () => {
  async function changedBetween(read: () => Promise<unknown>, change: () => Promise<unknown>) {
    for (const id of ['1', '2']) {
      await writer.delete(id);
      await writer.getOrSet(id, async ({ addTags }) => {
        if (id === '1') addTags('chosen');
        return { n: 1 };
      });
    }
    const cmd = await app.link('cmd');
    await inUse(near, 'warm', async () => {
      cmd.hold('toClient');
      const reading = read();
      await cmd.waitForHeld('toClient');
      cmd.hold('toServer');
      cmd.release('toClient');
      await cmd.waitForHeld('toServer'); // the question after the tag that was chosen
      app.forgetWhatWasTold();
      await change();
      cmd.release();
      await reading;
    });
  }

  it.each<[string, () => Promise<unknown>]>([
    ['one', () => near.get('1')],
    ['many', () => near.getMany(['1'])],
    ['or load', () => near.getOrSet('1', async () => ({ n: 0 }))],
  ])('get %s: the old value is not kept', async (_, read) => {
    await changedBetween(read, async () => {
      await writer.set('1', { n: 2 });
      await app.told(app.key('1'));
    });
    expect(await near.get('1')).toEqual({ n: 2 });
  });

  it('one of the declared tags: the old value is not kept', async () => {
    await changedBetween(
      () => near.get('1'),
      async () => {
        await app.there.redis.invalidateTags(['things']);
        await app.told(app.tag('things'));
      },
    );
    expect(await near.get('1')).toBeUndefined();
  });

  it('another value of the same call, which is done with its only read: the old value is not kept', async () => {
    await changedBetween(
      () => near.getMany(['1', '2']),
      async () => {
        await writer.set('2', { n: 2 });
        await app.told(app.key('2'));
      },
    );
    expect(await near.get('2')).toEqual({ n: 2 });
  });

  it('and not changed: both are kept', async () => {
    await changedBetween(
      () => near.getMany(['1', '2']),
      async () => undefined,
    );
    expect([isNear(near, '1'), isNear(near, '2')]).toEqual([true, true]);
  });
});

describe('changes of its own (row 8)', () => {
  const own: [string, () => Promise<void>, Thing | undefined][] = [
    ['set', () => near.set('1', { n: 2 }), { n: 2 }],
    ['delete', () => near.delete('1'), undefined],
    ['tag', () => app.here.redis.invalidateTags(['thing:1']), undefined],
    ['clear', () => near.clear(), undefined],
  ];

  it.each(own)(
    '%s: the next read is never old, though the server tells of nothing',
    async (_, change, after) => {
      await untilNear(near, '1');
      (await app.link('inv')).hold('toClient');
      await change();
      expect(await near.get('1')).toEqual(after);
    },
  );

  it.each(own)(
    '%s: nor when reads from before it are answered in one chunk with it',
    async (_, change, after) => {
      const [cmd, inv] = [await app.link('cmd'), await app.link('inv')];
      inv.hold('toClient');
      cmd.hold('toClient');
      const reads = [near.get('1')];
      const changed = change();
      reads.push(near.get('1'), near.getMany(['1']) as never);
      await new Promise(setImmediate); // another batch
      reads.push(near.get('1'));
      const many = Array.from({ length: 1_100 }, (_, i) => `none-${i}`); // three batches, waited for in turn
      reads.push(redisRequestScope(() => near.getMany([...many, '1'])) as never);
      await cmd.waitForHeld('toClient');
      cmd.release();
      await changed;
      expect(await near.get('1')).toEqual(after);
      await Promise.all(reads);
      expect(await near.get('1')).toEqual(after);
    },
  );
});

describe('tags of values that are kept', () => {
  async function invalidatedElsewhere(tag: string) {
    await untilNear(near, '1');
    app.forgetWhatWasTold();
    await app.there.redis.invalidateTags([tag]);
    await app.told(app.tag(tag));
    return near.get('1');
  }

  it.each(['thing:1', 'things', 'cache:thing'])('%s: invalid everywhere as soon as told', async (tag) => {
    expect(await invalidatedElsewhere(tag)).toBeUndefined();
  });

  it('leave the values of other tags where they are', async () => {
    await untilNear(near, 'warm');
    await invalidatedElsewhere('thing:1');
    expect(isNear(near, 'warm')).toBe(true);
  });

  it('mutant: without the check of tags the value is still served', async () => {
    jest.spyOn(TagCells.prototype, 'invalidate').mockReturnValue(undefined);
    expect(await invalidatedElsewhere('thing:1')).toEqual({ n: 1 });
  });
});

describe('what is kept', () => {
  it('is told of anew after each change, also of values that this process wrote itself (row 9)', async () => {
    for (let n = 2; n < 6; n++) {
      await near.set('1', { n });
      await untilNear(near, '1');
      app.forgetWhatWasTold();
      await writer.set('1', { n: 10 * n });
      await app.told(app.key('1'));
      expect(await near.get('1')).toEqual({ n: 10 * n });
    }
  });

  it('is what was read, never what was loaded: nobody would tell of a change in between', async () => {
    await near.getOrSet('new', async () => ({ n: 1 }));
    expect(isNear(near, 'new')).toBe(false);
    await untilNear(near, 'new');
  });

  it('may be an absence, which ends like any value', async () => {
    await writer.set('gone', null);
    await untilNear(near, 'gone');
    expect(await near.get('gone')).toBeNull();
    app.forgetWhatWasTold();
    await writer.set('gone', { n: 1 });
    await app.told(app.key('gone'));
    expect(await near.get('gone')).toEqual({ n: 1 });
  });

  it('is not kept longer than the entry lives, nor than the cache allows (row 7)', async () => {
    const ttl = 300;
    for (const [name, lives, keeps] of [
      ['short', ttl, 60_000],
      ['bound', 60_000, ttl],
    ] as const) {
      const cache = app.here.redis.cache<Thing>(name, { ttl: lives, jitter: 0, near: { ttl: keeps } });
      await untilNear(near, 'warm');
      await cache.set('1', { n: 1 });
      const kept = jest.spyOn(NearCache.prototype, 'set');
      await untilNear(cache, '1');
      expect(kept.mock.lastCall?.[1].until).toBeLessThanOrEqual(Date.now() + ttl);
      await until('not near any more', () => !isNear(cache, '1'));
      kept.mockRestore();
    }
  });

  it('ends when its entry expires, by the clock of the server (rows 7, 16)', async () => {
    const cache = app.here.redis.cache<Thing>('short', { ttl: 400, jitter: 0, near: {} });
    await untilNear(near, 'warm');
    await cache.set('1', { n: 1 });
    const end = Date.now() + 400;
    await untilNear(cache, '1');
    let last = 0;
    await until('forgotten', async () => {
      const askedAt = Date.now();
      const value = await cache.get('1');
      if (value !== undefined) last = askedAt;
      return value === undefined;
    });
    expect(last).toBeLessThanOrEqual(end + 5);
  });

  it('cannot be changed by one for another (row 17)', async () => {
    await untilNear(near, '1');
    const mine = (await near.get('1')) as Thing;
    expect(() => (mine.n = 99)).toThrow(TypeError);
    expect(await near.get('1')).toEqual({ n: 1 });

    // What freezing does not protect is made anew for each.
    const validate = (value: unknown) => ({ value: new Date(value as string) });
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const dates = app.here.redis.cache<Date>('date', { ttl: 60_000, schema, near: {} });
    await dates.set('1', new Date(0));
    await untilNear(dates, '1');
    ((await dates.get('1')) as Date).setFullYear(1999);
    expect(isNear(dates, '1')).toBe(true);
    expect(await dates.get('1')).toEqual(new Date(0));
  });

  it('takes no more memory than it may (row 18)', async () => {
    const small = app.here.redis.cache<string>('small', { ttl: 60_000, near: { maxBytes: 20_000 } });
    const ids = Array.from({ length: 100 }, (_, i) => String(i));
    await Promise.all(ids.map((id) => small.set(id, id.padEnd(1_000))));
    await untilNear(small, '0');
    await small.getMany(ids);
    const kept = ids.filter((id) => isNear(small, id)).length;
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(20);
  });
});

describe('clocks that differ (row 16)', () => {
  /** Does something as a process whose clock is an hour off. */
  async function withClockOff<R>(hours: number, work: () => Promise<R>): Promise<R> {
    const now = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3_600_000);
    try {
      return await work();
    } finally {
      clock.mockRestore();
    }
  }

  it.each([-1, 1])(
    'an invalidation by a process %i h off counts, and only against what was there before',
    async (h) => {
      await untilNear(near, '1');
      app.forgetWhatWasTold();
      await withClockOff(h, () => app.there.redis.invalidateTags(['thing:1']));
      await app.told(app.tag('thing:1'));
      expect(await near.get('1')).toBeUndefined();
      await near.set('1', { n: 2 });
      await untilNear(near, '1');
    },
  );

  it.each([-1, 1])(
    'a value written by a process that began %i h off lives as long as it should',
    async (h) => {
      await withClockOff(h, async () => {
        const { redis } = await app.another();
        await redis.cache<Thing>('thing', { ...options, ttl: 30_000 }).set('1', { n: 3 });
      });
      const kept = jest.spyOn(NearCache.prototype, 'set');
      await untilNear(near, '1');
      expect(await near.get('1')).toEqual({ n: 3 });
      const left = (kept.mock.lastCall?.[1].until ?? 0) - Date.now();
      expect(left).toBeLessThanOrEqual(30_000);
      expect(left).toBeGreaterThan(20_000);
    },
  );
});
