import { deepEqual, equal } from 'node:assert/strict';
import type { RedisCache, RedisCacheOptions } from '../../index';
import { eventually } from './contract-process';
import type { ContractProcess } from './contract-process';
import type { PromiseCheck } from './redis-contract';

interface Thing {
  readonly n: number;
}

const ids = Array.from({ length: 20 }, (_, i) => `id-${i}{}%`);

/** The same cache, as each process has it. */
function caches(
  processes: readonly ContractProcess[],
  options: Partial<RedisCacheOptions<Thing>> = {},
): RedisCache<Thing>[] {
  return processes.map(({ redis }) => redis.cache<Thing>('thing', { ttl: 60_000, ...options }));
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const notLoaded = (): never => {
  throw new Error('it was to be cached');
};

export const cachePromises: Record<string, PromiseCheck> = {
  'what one process caches, the others have, until it is set anew or deleted': async (...processes) => {
    const [here, there] = caches(processes) as [RedisCache<Thing>, RedisCache<Thing>];
    for (const [n, id] of ids.entries()) await here.getOrSet(id, () => Promise.resolve({ n }));
    deepEqual(await there.getMany(ids), new Map(ids.map((id, n) => [id, { n }])));
    deepEqual(await there.getOrSet('id-1{}%', notLoaded), { n: 1 });
    await there.set('id-1{}%', { n: 100 });
    await there.set('id-2{}%', null);
    await there.delete(['id-3{}%', 'id-4{}%']);
    deepEqual(
      [
        await here.get('id-1{}%'),
        await here.get('id-2{}%'),
        await here.get('id-3{}%'),
        await here.get('id-5{}%'),
      ],
      [{ n: 100 }, null, undefined, { n: 5 }],
    );
  },

  'many ids are loaded at once, and only those that are missing': async (...processes) => {
    const [here, there] = caches(processes) as [RedisCache<Thing>, RedisCache<Thing>];
    await here.set('id-0{}%', { n: 100 });
    const asked: string[][] = [];
    const found = await there.getOrSetMany(ids, (missing) => {
      asked.push([...missing].sort());
      return Promise.resolve(new Map(missing.map((id) => [id, { n: ids.indexOf(id) }])));
    });
    deepEqual(asked, [ids.slice(1).sort()]);
    deepEqual(found, new Map(ids.map((id, n) => [id, { n: n === 0 ? 100 : n }])));
    deepEqual(await here.getMany(ids), found);
  },

  'a tag takes its values out of service everywhere, also one that the loader chose; clear() takes all':
    async (...processes) => {
      const [here, there] = caches(processes, { tags: (id) => [`of:${id}`] }) as [
        RedisCache<Thing>,
        RedisCache<Thing>,
      ];
      const fill = () =>
        here.getOrSetMany(ids, (missing) => Promise.resolve(new Map(missing.map((id) => [id, { n: 1 }]))));
      await fill();
      await here.getOrSet('chosen', ({ addTags }) => {
        addTags('chosen-tag');
        return Promise.resolve({ n: 1 });
      });
      await processes[1].redis.invalidateTags([`of:${ids[0]}`, 'chosen-tag']);
      deepEqual([await here.get(ids[0] as string), await here.get('chosen')], [undefined, undefined]);
      deepEqual(await there.get(ids[1] as string), { n: 1 });
      await there.clear();
      deepEqual(await here.getMany(ids), new Map());
      await fill();
      equal((await there.getMany(ids)).size, ids.length);
    },

  'a missing value is loaded once for all processes': async (...processes) => {
    const all = caches(processes);
    const { opened, open } = gate();
    let loads = 0;
    const read = (cache: RedisCache<Thing>, id: string) =>
      cache.getOrSet(id, async () => {
        loads += 1;
        await opened;
        return { n: 7 };
      });
    await all[0]?.getOrSet('warm', () => Promise.resolve({ n: 0 })); // the cache has its first version
    const reads = ids.flatMap((id) => all.flatMap((cache) => [read(cache, id), read(cache, id)]));
    await eventually('all loads have begun', () => loads >= ids.length);
    open();
    for (const value of await Promise.all(reads)) deepEqual(value, { n: 7 });
    equal(loads, ids.length);
  },

  'a load that an invalidation overtook is not kept': async (...processes) => {
    const [here, there] = caches(processes, { tags: () => ['shared'] }) as [
      RedisCache<Thing>,
      RedisCache<Thing>,
    ];
    const invalidations = [
      () => there.delete('1'),
      () => there.clear(),
      () => processes[1].redis.invalidateTags(['shared']),
    ];
    for (const invalidate of invalidations) {
      const { opened, open } = gate();
      let began = false;
      const old = here.getOrSet('1', async () => {
        began = true;
        await opened;
        return { n: 1 };
      });
      await eventually('the load has begun', () => began);
      await invalidate();
      open();
      await old;
      deepEqual(await there.getOrSet('1', () => Promise.resolve({ n: 2 })), { n: 2 });
      await there.delete('1');
    }
  },

  'what is kept in a process is gone as soon as another changes it': async (...processes) => {
    const [here, there] = caches(processes, { near: {}, tags: () => ['shared'] }) as [
      RedisCache<Thing>,
      RedisCache<Thing>,
    ];
    for (const id of ids) await there.set(id, { n: 0 });
    const readAll = () => Promise.all(ids.map(async (id) => (await here.get(id))?.n));
    const settle = async (n: number | undefined) => {
      await eventually(`all are ${n}`, async () => (await readAll()).every((found) => found === n));
      await readAll(); // from the process by now
    };
    await settle(0);
    for (const id of ids) await there.set(id, { n: 1 });
    await settle(1);
    await processes[1].redis.invalidateTags(['shared']);
    await settle(undefined);
    for (const id of ids) await there.set(id, { n: 2 });
    await settle(2);
    await there.clear();
    await settle(undefined);
  },

  'a value goes with its time-to-live': async (...processes) => {
    const [here, there] = caches(processes, { ttl: 1_000, jitter: 0 }) as [
      RedisCache<Thing>,
      RedisCache<Thing>,
    ];
    await here.set('1', { n: 1 });
    deepEqual(await there.get('1'), { n: 1 });
    // Not in the same moment: what each knows of the server's clock is as exact as its round trip was short.
    for (const cache of [here, there]) {
      await eventually('it is gone', async () => (await cache.get('1')) === undefined);
    }
  },
};
