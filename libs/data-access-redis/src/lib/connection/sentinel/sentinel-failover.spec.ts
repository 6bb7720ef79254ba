import { startSentinel } from '@sluice/testing-servers';
import type { RedisSentinel } from '@sluice/testing-servers';
import { isNear } from '../../../testing/proxied-app';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { stopTraffic, traffic } from '../../../testing/traffic';
import { resolveRedisConfig } from '../../config/redis.config';
import { RedisMetrics } from '../../observability/redis-metrics';
import { SentinelWatch } from './sentinel-watch';

jest.setTimeout(90_000);

/** What is promised here does not hang on how fast this machine is. */
const PATIENT = { commandTimeoutMs: 20_000, cacheTimeoutMs: 20_000 };
const WITHIN_MS = 30_000;

interface Thing {
  n: number;
}

describe('a fail-over that is planned', () => {
  let sentinel: RedisSentinel;
  let here: RedisTestApp;
  let there: RedisTestApp;

  beforeAll(async () => {
    // Nobody is to be taken for dead here.
    sentinel = await startSentinel({ downAfterMs: 30_000 });
  });
  afterEach(async () => {
    await stopTraffic();
    await closeRedisApps();
  });
  afterAll(() => sentinel.stop());

  it.each([3, 2] as const)(
    'is followed at once: no call fails, tokens grow, channels and near caches go with it (RESP%s)',
    async (protocol) => {
      here = await redisApp(sentinel, { ...PATIENT, protocol });
      there = await redisApp(sentinel, { ...PATIENT, protocol, keyPrefix: here.prefix });
      const before = await sentinel.master();
      expect(here.redis.state).toMatchObject({
        ...{ status: 'ready', server: { port: before.port, protocol } },
        sentinel: { master: 'main', known: 3, answering: 3 },
      });
      const near = here.redis.cache<Thing>('thing', { ttl: 60_000, near: {} });
      const theirs = there.redis.cache<Thing>('thing', { ttl: 60_000, near: {} });
      await theirs.set('1', { n: 1 });
      await until('it is kept', () => isNear(near, '1') || near.get('1').then(() => false), WITHIN_MS);
      const heard: string[] = [];
      await there.client.subscribe('news', (message) => heard.push(message));
      const tokens: number[] = [];
      const held = await here.locks.acquire('held', { ttl: 60_000 });
      const replica = sentinel.servers.find((server) => server !== before);
      await until(
        'the replica has the lock',
        async () => (await replica?.cli('EXISTS', `${here.prefix}lock:{held}`)) === '1',
        WITHIN_MS,
      );
      const counts = traffic(() => here.client.increment('job:count', { ttl: 60_000 }));
      const reads = traffic(() => theirs.get('1'));
      // A release may not have been copied in time: then the lease has to run out at the next master.
      const locks = traffic(() =>
        here.locks.withLock('short', { ttl: 10_000, wait: 60_000 }, (_, { fencingToken }) =>
          Promise.resolve(tokens.push(fencingToken)),
        ),
      );
      await until(
        'all are under way',
        () => [counts, reads, locks].every(({ so }) => so.done > 5),
        WITHIN_MS,
      );

      const after = await sentinel.failover();
      for (const { redis } of [here, there]) {
        await until(
          'it is used',
          () => redis.state.server.port === after.port && redis.state.ready,
          WITHIN_MS,
        );
      }
      const { done } = counts.so;
      await until('it serves', () => counts.so.done > done + 5, WITHIN_MS);
      for (const load of [counts, reads, locks]) {
        expect([...(await load.stop()).errors]).toEqual([]);
      }
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      const next = await there.locks.tryAcquire('held', { ttl: 1_000 });
      expect(next).toBeNull();
      expect(await held.release()).toBe(true);

      await theirs.set('1', { n: 2 });
      await until('it is new', async () => (await near.get('1'))?.n === 2, WITHIN_MS);
      await until('it is kept', () => isNear(near, '1') || near.get('1').then(() => false), WITHIN_MS);
      await theirs.set('1', { n: 3 });
      await until('it is newer', async () => (await near.get('1'))?.n === 3, WITHIN_MS);
      await until(
        'the channel goes on',
        async () => {
          await here.client.publish('news', 'again');
          return heard.includes('again');
        },
        WITHIN_MS,
      );
      expect(here.redis.state).toMatchObject({ status: 'ready', reconnects: 1 });
      await until(
        'it is a replica now',
        async () => (await before.cli('ROLE')).startsWith('slave'),
        WITHIN_MS,
      );
      await sentinel.settled();
    },
  );

  it('is told by a sentinel that is never asked again', async () => {
    const [one] = sentinel.sentinels;
    if (!one) throw new Error('there is none');
    const { name, addresses } = sentinel;
    const config = resolveRedisConfig({ sentinel: { name, nodes: addresses } });
    const address = { host: '127.0.0.1', port: one.port };
    const watch = new SentinelWatch(address, false, name, config, new RedisMetrics(), 24 * 3_600_000);
    const names = (port: number) => () => watch.view?.address.port === port;
    watch.connect();
    try {
      await until('it has answered', names((await sentinel.master()).port), WITHIN_MS);
      await until(
        'it is listened to',
        async () => / sub=1 /.test(await one.cli('CLIENT', 'LIST')),
        WITHIN_MS,
      );
      const { port } = await sentinel.failover();
      await until('it has told of the next', names(port), WITHIN_MS);
    } finally {
      await watch.close();
    }
    await sentinel.settled();
  });
});
