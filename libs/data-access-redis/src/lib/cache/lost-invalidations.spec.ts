import { startCluster, startRedis, startSentinel } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import type { RedisCache } from '../../index';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { copied, replicationOffset } from '../../testing/replication';
import { RecentWrites } from '../client/recent-writes';

jest.setTimeout(90_000);

/** What is promised here does not hang on how fast this machine is. */
const PATIENT = { commandTimeoutMs: 5_000, cacheTimeoutMs: 5_000 };
const WITHIN_MS = 30_000;
const OLD = 1;
const NEW = 2;

interface Fleet {
  readonly where: Parameters<typeof redisApp>[0];
  /** From now on what the master acknowledges is lost with it. */
  copyNoMore(): Promise<void>;
  /** Whether there is something that only the master has. */
  missed(): Promise<boolean>;
  /** Resolves when one that has missed it serves. */
  replace(): Promise<void>;
  stop(): Promise<void>;
}

/** One server that comes back as it was when it was saved last. */
async function snapshot(): Promise<Fleet & { server: RedisProcess }> {
  const server = await startRedis({ args: ['--dbfilename', 'kept.rdb'] });
  return {
    server,
    where: server.url,
    copyNoMore: async () => void (await server.cli('SAVE')),
    missed: async () => /^rdb_changes_since_last_save:[1-9]/m.test(await server.cli('INFO', 'persistence')),
    replace: () => server.restart(),
    stop: () => server.stop(),
  };
}

async function planned(): Promise<Fleet> {
  const sentinel = await startSentinel({ proxied: true, downAfterMs: 30_000 });
  const [master, replica] = sentinel.servers as [RedisProcess, RedisProcess];
  return {
    where: sentinel,
    copyNoMore: async () => {
      await copied(master, replica);
      const link = await sentinel.proxies[0]?.connection(({ sent }) => sent.includes('PSYNC'));
      link?.drop('toClient');
    },
    missed: async () => (await replicationOffset(master)) > (await replicationOffset(replica)),
    replace: async () => void (await sentinel.failover()),
    stop: () => sentinel.stop(),
  };
}

/** All of them, for the keys lie on all. */
async function takenOver(): Promise<Fleet> {
  const cluster = await startCluster({ replicas: 1 });
  const pairs = cluster.masters.map((master, i) => [master, cluster.replicas[i] as RedisProcess] as const);
  return {
    where: cluster.addresses,
    copyNoMore: async () => {
      for (const [master, replica] of pairs) {
        await copied(master, replica);
        await cluster.stopReplication(master);
      }
    },
    missed: async () => {
      const gaps = pairs.map(
        async ([master, replica]) => (await replicationOffset(master)) > (await replicationOffset(replica)),
      );
      return (await Promise.all(gaps)).includes(true);
    },
    replace: async () => {
      for (const [, replica] of pairs) await replica.cli('CLUSTER', 'FAILOVER', 'TAKEOVER');
      await cluster.healthy();
    },
    stop: () => cluster.stop(),
  };
}

/** Every way to take a value out of service; each has a cache of its own. */
const WAYS: [name: string, act: (cache: RedisCache<number>, app: RedisTestApp) => Promise<void>][] = [
  ['delete', (cache) => cache.delete('1')],
  ['tag', (_, app) => app.redis.invalidateTags(['tag'])],
  ['clear', (cache) => cache.clear()],
  ['set', (cache) => cache.set('1', NEW)],
];

describe('invalidations that were acknowledged and then lost', () => {
  let fleet: Fleet;
  let here: RedisTestApp;
  let over: boolean;

  beforeEach(() => {
    over = false;
  });
  afterEach(async () => {
    over = true;
    jest.restoreAllMocks();
    await closeRedisApps();
    await fleet.stop();
  });

  const caches = (app: RedisTestApp) =>
    WAYS.map(([name]) =>
      app.redis.cache<number>(name, {
        ttl: 600_000,
        tags: () => (name === 'tag' ? ['tag'] : []),
      }),
    );
  const read = (cache: RedisCache<number>) => cache.getOrSet('1', () => Promise.resolve(NEW));

  /** What the process that invalidates reads from then on, by the way it did it. */
  async function readsAfter(
    make: () => Promise<Fleet>,
    othersRead: number,
  ): Promise<Record<string, Set<unknown>>> {
    fleet = await make();
    here = await redisApp(fleet.where, PATIENT);
    const mine = caches(here);
    for (const cache of mine) await cache.getOrSet('1', () => Promise.resolve(OLD));
    await fleet.copyNoMore();
    const reads: Record<string, Set<unknown>> = {};
    for (const [i, [name, act]] of WAYS.entries()) {
      reads[name] = new Set();
      await act(mine[i] as RedisCache<number>, here);
    }
    expect(await fleet.missed()).toBe(true);
    const reading = mine.map(async (cache, i) => {
      const [name] = WAYS[i] as (typeof WAYS)[number];
      while (!over) {
        reads[name]?.add(await read(cache));
        await new Promise(setImmediate);
      }
    });
    await fleet.replace();
    const there = await redisApp(fleet.where, { ...PATIENT, keyPrefix: here.prefix });
    for (const [i, cache] of caches(there).entries()) {
      const what = `after a ${WAYS[i]?.[0]} others read ${othersRead}`;
      await until(what, async () => (await read(cache)) === othersRead, WITHIN_MS);
    }
    await until('it is used', () => here.redis.state.ready, WITHIN_MS);
    for (const cache of mine) await read(cache);
    over = true;
    await Promise.all(reading);
    return reads;
  }

  it.each([
    ['by a server that was started again from an older snapshot', snapshot],
    ['in a fail-over that sentinels were told to make', planned],
    ['by a replica that takes over in a Cluster', takenOver],
  ])('%s: their own process reads nothing older, and others are told', async (_, make) => {
    const reads = await readsAfter(make, NEW);
    for (const [name] of WAYS) expect([name, ...(reads[name] ?? [])]).toEqual([name, NEW]);
  });

  it('mutant: without the memory for those of the last minute the old value is served', async () => {
    jest.spyOn(RecentWrites.prototype, 'takeDoubtful').mockReturnValue([]);
    const reads = await readsAfter(snapshot, OLD);
    for (const [name] of WAYS) expect([name, reads[name]?.has(OLD)]).toEqual([name, true]);
  });

  it.each([
    ['are not repeated where a connection was lost and nothing else', '+info', false],
    ['are repeated where the user may not ask whether the data is what it was', '-info', true],
  ])('%s', async (_, right, repeated) => {
    const { server } = (fleet = await snapshot());
    await server.cli('ACL', 'SETUSER', 'default', right);
    here = await redisApp(server.url, PATIENT);
    await here.redis.invalidateTags(['a']);
    const version = () => server.cli('GET', `${here.prefix}tag:a`);
    const before = await version();
    await server.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await until('it is connected again', () => here.redis.state.reconnects === 1 && here.redis.state.ready);
    await here.redis.invalidateTags(['b']); // whatever was repeated was sent before
    expect((await version()) !== before).toBe(repeated);
  });
});
