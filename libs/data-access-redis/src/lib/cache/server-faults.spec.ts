import { startFaultProxy, startRedis, startStopwatch } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import type { RedisCache } from '../../index';
import { redisRequestScope } from '../../index';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';

interface Thing {
  n: number;
}

interface Fault {
  begin: () => Promise<unknown>;
  end: () => Promise<unknown>;
  /** Whether what was stored before is still read while it lasts. */
  readable: boolean;
  /** Proves that the fault has hit; resolves to what the server says. */
  proof?: () => Promise<string>;
  says?: RegExp;
}

describe('a cache on a server that', () => {
  let server: RedisProcess;
  let proxy: FaultProxy;
  let here: RedisTestApp;
  let cache: RedisCache<Thing>;

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startFaultProxy({ port: server.port });
    here = await redisApp(proxy.url);
    cache = here.redis.cache('thing', { ttl: 60_000, tags: (id) => [`thing:${id}`], near: {} });
    await cache.set('old', { n: 1 });
  });
  afterEach(async () => {
    await closeRedisApps();
    await proxy.close();
    await server.stop();
  });

  const said = (...words: string[]) => server.cli(...words).catch((error: Error) => error.message);
  const write = () => said('SET', 'probe', 'x', 'PX', '1000');

  const faults: Record<string, Fault> = {
    'is full': {
      begin: () => server.cli('CONFIG', 'SET', 'maxmemory', '1'),
      end: () => server.cli('CONFIG', 'SET', 'maxmemory', '0'),
      readable: true,
      proof: write,
      says: /OOM/,
    },
    'became a replica and refuses writes': {
      begin: () => server.cli('REPLICAOF', '127.0.0.1', '1'),
      end: () => server.cli('REPLICAOF', 'NO', 'ONE'),
      readable: false, // the circuit opens: a server that refuses writes may well be the wrong one
      proof: write,
      says: /READONLY/,
    },
    'has forgotten its scripts': {
      begin: () => server.cli('SCRIPT', 'FLUSH'),
      end: async () => undefined,
      readable: true,
    },
    'answers after 300 ms': {
      begin: async () => proxy.delay(300, 'toClient'),
      end: async () => proxy.heal(),
      readable: false,
    },
    'is frozen': {
      begin: async () => server.freeze(),
      end: async () => server.thaw(),
      readable: false,
    },
    'is dead': {
      begin: () => server.kill(),
      end: () => server.restart(),
      readable: false,
    },
  };

  it.each(Object.entries(faults))(
    '%s: serves from the loader, in bounded time, and is used again',
    async (_, fault) => {
      await fault.begin();
      if (fault.proof) expect(await fault.proof()).toMatch(fault.says as RegExp);
      let loads = 0;
      const load = (n: number) => async () => {
        loads += 1;
        return { n };
      };
      for (let i = 0; i < 8; i++) {
        const watch = startStopwatch();
        await redisRequestScope(async () => {
          expect(await cache.getOrSet(`new-${i}`, load(i))).toEqual({ n: i });
          const old = await cache.getOrSet('old', load(1));
          expect(old).toEqual({ n: 1 });
          await cache.set(`set-${i}`, { n: i });
          await cache.delete(`gone-${i}`);
          await here.redis.invalidateTags([`tag-${i}`]);
        });
        // One request waits for Redis once: the deadline of cache commands, and what a busy machine adds.
        expect(watch.stop()).toBeLessThan(1_000);
      }
      expect(loads).toBeGreaterThanOrEqual(8);
      if (fault.readable) expect(loads).toBe(8);
      const all = Array.from({ length: 50 }, () => cache.getOrSet('together', load(9)));
      expect(new Set((await Promise.all(all)).map((thing) => thing?.n))).toEqual(new Set([9]));

      await fault.end();
      await until('stored again', async () => {
        await cache.getOrSet('after', load(3));
        return (await cache.get('after'))?.n === 3;
      });
      // What was set or deleted meanwhile is not old afterwards.
      await until('told afterwards', async () => {
        await cache.delete('after');
        return (await server.cli('EXISTS', `${here.prefix}cache:thing:after`)) === '0';
      });
      for (let i = 0; i < 8; i++) expect([undefined, i]).toContain((await cache.get(`set-${i}`))?.n);
    },
  );

  it.each<[string, { begin: string[]; end: string[]; heard: boolean }]>([
    [
      'refuses invalidations and answers reads: what they concern is not read from it before it has them',
      {
        begin: ['ACL', 'SETUSER', 'default', '-eval', '-evalsha'],
        end: ['ACL', 'SETUSER', 'default', '+eval', '+evalsha'],
        heard: false,
      },
    ],
    [
      'refuses what invalidations do in their scripts: they are kept as well',
      {
        begin: ['ACL', 'SETUSER', 'default', '-set', '-unlink', '-incr'],
        end: ['ACL', 'SETUSER', 'default', '+set', '+unlink', '+incr'],
        heard: false,
      },
    ],
    [
      'is full: invalidations need no room, so that none is ever left for later',
      {
        begin: ['CONFIG', 'SET', 'maxmemory', '1'],
        end: ['CONFIG', 'SET', 'maxmemory', '0'],
        heard: true,
      },
    ],
  ])('%s', async (_, { begin, end, heard }) => {
    const there = await redisApp(server.url, { keyPrefix: here.prefix });
    const theirs = there.redis.cache<Thing>('thing', { ttl: 60_000, tags: (id) => [`thing:${id}`] });
    const invalidate: Record<string, () => Promise<void>> = {
      deleted: () => cache.delete('deleted'),
      tagged: () => here.redis.invalidateTags(['thing:tagged']),
      'tagged by its loader': () => here.redis.invalidateTags(['author:7']),
      overwritten: () => cache.set('overwritten', { n: 2 }),
    };
    const ids = Object.keys(invalidate);
    for (const id of ids) {
      await cache.getOrSet(id, async ({ addTags }) => {
        if (id === 'tagged by its loader') addTags('author:7');
        return { n: 1 };
      });
    }
    const old = new Map(ids.map((id) => [id, { n: 1 }]));
    await until('stored', async () => (await theirs.getMany(ids)).size === ids.length);
    await server.cli(...begin);
    for (const [id, act] of Object.entries(invalidate)) {
      await act();
      expect([id, await cache.get(id)]).toEqual([id, undefined]);
      expect(await cache.getOrSet(id, async () => ({ n: 3 }))).toEqual({ n: 3 });
    }
    expect(await theirs.getMany(ids)).toEqual(heard ? new Map() : old);
    expect(await cache.getMany(ids)).toEqual(new Map());
    await server.cli(...end);
    await until('told', async () =>
      [...(await theirs.getMany(ids)).values()].every((thing) => thing?.n !== 1),
    );
  });
});
