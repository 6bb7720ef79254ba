import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';

jest.setTimeout(180_000);

/** Keys of slots of each of the masters. */
const KEYS = ['job:a', 'job:b', 'job:c', 'job:d', 'job:e', 'job:f', 'job:g', 'job:h'] as const;

const works = (app: RedisTestApp) => () =>
  app.client.getMany(KEYS).then(
    () => true,
    () => false,
  );

describe('the nodes of a Cluster', () => {
  let cluster: RedisCluster;

  afterEach(async () => {
    await closeRedisApps();
    await cluster.stop();
  });

  it('are all replaced by others, one after the other, and who knew only the first goes on', async () => {
    cluster = await startCluster();
    const app = await redisApp(cluster.addresses, { commandTimeoutMs: 20_000 });
    const { client } = app;
    let stopped = false;
    const counting = (async () => {
      let done = 0;
      for (; !stopped; done++) await client.increment(KEYS[done % KEYS.length] ?? 'job:a', { ttl: 60_000 });
      return done;
    })();
    const fresh: RedisProcess[] = [];
    for (const old of cluster.masters) {
      const node = await cluster.addReplica(old);
      await cluster.failover(node);
      await until(
        'it is let go',
        async () => !(await old.cli('CLIENT', 'LIST')).includes('name=sluice:'),
        20_000,
      );
      await cluster.remove(old);
      fresh.push(node);
    }
    stopped = true;
    const done = await counting; // none failed
    const sums = await client.getMany(KEYS);
    expect(sums.reduce((sum, one) => sum + Number(one), 0)).toBe(done);

    // Nothing of what was configured is there any more.
    await Promise.all(fresh.map((node) => node.kill()));
    await until('it is noticed', () => !app.redis.state.ready);
    await Promise.all(fresh.map((node) => node.restart()));
    await cluster.healthy();
    await until('it is used again', works(app), 20_000);
  });

  it('are found by replicas that were listed, when all masters are gone', async () => {
    cluster = await startCluster({ replicas: 1, nodeTimeoutMs: 1_000 });
    // A replica is listed when it has replicated something, and has told so.
    for (const master of cluster.masters) await master.cli('FUNCTION', 'FLUSH');
    await until(
      'all are listed',
      async () => {
        const lists = await Promise.all(cluster.masters.map((node) => node.cli('CLUSTER', 'SLOTS')));
        return lists.every((list) => cluster.replicas.every(({ port }) => list.includes(String(port))));
      },
      20_000,
    );
    const app = await redisApp(cluster.addresses.slice(0, 3));
    await Promise.all(cluster.masters.map((master) => master.kill()));
    await until('it is noticed', () => !app.redis.state.ready);
    await Promise.all(cluster.replicas.map((replica) => replica.cli('CLUSTER', 'FAILOVER', 'TAKEOVER')));
    await until('they are used', works(app), 20_000);
    expect(app.redis.state.cluster).toEqual({ masters: 3, ready: 3 });
  });
});
