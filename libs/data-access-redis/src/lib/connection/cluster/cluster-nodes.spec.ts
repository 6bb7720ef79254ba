import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Redis } from 'ioredis';
import { startCluster, startFaultProxy } from '@sluice/testing-servers';
import type { FaultProxy, RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import { PendingInvalidations } from '../../cache/pending-invalidations';
import { nodeConfig, resolveRedisConfig } from '../../config/redis.config';
import { RedisMetrics } from '../../observability/redis-metrics';
import { RedisConnection } from '../redis-connection';
import { ClusterNodes } from './cluster-nodes';
import { keySlot } from './key-slot';
import { RoutedCommand } from './routed-command';
import { SlotInquiry } from './slot-inquiry';

jest.setTimeout(120_000);

type ClusterConfig = ConstructorParameters<typeof ClusterNodes>[0];

/** Keys of slots of each of the masters. */
const KEYS = ['job:a', 'job:b', 'job:c', 'job:d', 'job:e', 'job:f', 'job:g', 'job:h'] as const;

describe('the nodes of a Cluster', () => {
  let cluster: RedisCluster;

  afterEach(async () => {
    await closeRedisApps();
    await cluster.stop();
  });

  it('are reached where they say, as behind an address translation', async () => {
    cluster = await startCluster();
    const proxies = new Map<RedisProcess, FaultProxy>();
    for (const node of cluster.masters) {
      const proxy = await startFaultProxy({ port: node.port });
      proxies.set(node, proxy);
      await node.cli('CONFIG', 'SET', 'cluster-announce-port', String(proxy.port));
    }
    const ports = [...proxies.values()].map(({ port }) => port);
    await until(
      'all say so',
      async () => {
        const lists = await Promise.all(cluster.masters.map((node) => node.cli('CLUSTER', 'SLOTS')));
        return lists.every((list) => ports.every((port) => list.includes(String(port))));
      },
      20_000,
    );
    const { client, prefix, redis } = await redisApp([`127.0.0.1:${ports[0]}`]);
    expect(redis.state).toMatchObject({ status: 'ready', cluster: { masters: 3, ready: 3 } });
    const [from, to] = cluster.masters as [RedisProcess, RedisProcess];
    const key = (KEYS.find((one) => keySlot(prefix + one) < 5_461) ?? '') as (typeof KEYS)[number];
    await client.increment(key, { ttl: 60_000 });
    const migration = await cluster.beginMigration(keySlot(prefix + key), from, to);
    await migration.moveKeys();
    expect(await client.increment(key, { ttl: 60_000 })).toBe(2); // ASK
    await migration.finish();
    expect(await client.increment(key, { ttl: 60_000 })).toBe(3); // MOVED
    for (const [node, proxy] of proxies) {
      const clients = (await node.cli('CLIENT', 'LIST')).match(/name=sluice:/g) ?? [];
      expect(clients).toHaveLength(1);
      expect(proxy.connections).toHaveLength(1);
    }
    await closeRedisApps();
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  });

  it('may be dropped while a call waits for them: it is sent on again', async () => {
    cluster = await startCluster();
    const nodes = new ClusterNodes(
      resolveRedisConfig({ cluster: { nodes: cluster.addresses } }) as ClusterConfig,
      new RedisMetrics(),
    );
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      await nodes.connect();
      const slot = keySlot('a');
      const other = nodes.masters.find((node) => node !== nodes.slots.ownerOf(slot)) as RedisConnection;
      // It stands for a master that has just taken over: not connected yet, and unknown to those who are asked.
      const { port } = silent.address() as AddressInfo;
      const dropped = nodes.at({ host: '127.0.0.1', port });
      const moved = jest.spyOn(nodes, 'moved').mockReturnValueOnce(dropped);
      const answer = new Promise((resolve, reject) => {
        const words = (driver: Redis) => driver.get('a');
        new RoutedCommand(nodes, 'get', words, 60_000, resolve, reject, undefined, slot).send(other);
      });
      await until('it waits', () => moved.mock.calls.length === 1);
      await dropped.close();
      expect(await answer).toBeNull();
    } finally {
      await nodes.close();
      silent.close();
    }
  });

  it('confirm nothing while another one is named and not connected', async () => {
    cluster = await startCluster();
    const nodes = new ClusterNodes(
      resolveRedisConfig({ cluster: { nodes: cluster.addresses } }) as ClusterConfig,
      new RedisMetrics(),
    );
    const slot = keySlot('a');
    const line = new PendingInvalidations(() => () => nodes.slots.datasetOf(slot));
    const remove = () => nodes.slots.ownerOf(slot)?.run('del', (driver) => driver.del('a'));
    try {
      await nodes.connect();
      const owner = nodes.slots.ownerOf(slot);
      await line.send('a', async () => expect(await remove()).toBe(0));
      expect(line.has('a')).toBe(false);
      // It was connected, comes back as it was, and takes over meanwhile.
      const other = nodes.masters.find((node) => node !== owner) as RedisConnection;
      const { host, port } = other.state.server;
      other.reconnect();
      expect(nodes.moved(slot, { host, port })).toBe(other);
      expect(nodes.slots.ownerOf(slot)).toBe(owner);
      await line.send('a', async () => expect(await remove()).toBe(0));
      expect(line.has('a')).toBe(true);
    } finally {
      await line.close();
      await nodes.close();
    }
  });

  it('are believed last when they are cut off from the others', async () => {
    cluster = await startCluster();
    const [lonely, other] = cluster.masters as [RedisProcess, RedisProcess];
    const ids = await Promise.all(cluster.masters.slice(1).map((node) => node.cli('CLUSTER', 'MYID')));
    for (const id of ids) await lonely.cli('CLUSTER', 'FORGET', id);
    await until('it knows that it is alone', async () =>
      (await lonely.cli('CLUSTER', 'INFO')).includes('cluster_state:fail'),
    );
    const config = resolveRedisConfig({ cluster: { nodes: cluster.addresses } });
    const connections = [lonely, other].map(
      ({ port }) =>
        new RedisConnection(nodeConfig(config, { host: '127.0.0.1', port }), 'cmd', new RedisMetrics()),
    );
    try {
      await Promise.all(connections.map((connection) => connection.connect()));
      const inquiry = new SlotInquiry();
      const mastersBy = async (asked: readonly RedisConnection[]) =>
        (await inquiry.ofOneOf(asked))?.map(({ master }) => master.port);
      expect(await mastersBy(connections)).toEqual(cluster.masters.map(({ port }) => port));
      expect(await mastersBy(connections.slice(0, 1))).toEqual([lonely.port]);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
  });

  it('lose slots: only their keys fail, at once, and are served again when they are given to another', async () => {
    cluster = await startCluster({ nodeTimeoutMs: 1_000, args: ['--cluster-require-full-coverage', 'no'] });
    const { client, prefix, redis } = await redisApp(cluster.addresses);
    const [lost, other] = cluster.masters as [RedisProcess, RedisProcess];
    const isLost = (key: (typeof KEYS)[number]) => keySlot(prefix + key) < 5_461;
    const away = KEYS.filter(isLost);
    const there = KEYS.filter((key) => !isLost(key));
    expect([away.length, there.length]).not.toContain(0);
    await lost.kill();
    await until(
      'it is taken for dead',
      async () => (await other.cli('CLUSTER', 'NODES')).includes('master,fail '),
      20_000,
    );
    for (const key of there) expect(await client.increment(key, { ttl: 60_000 })).toBe(1);
    for (const key of away) {
      await expect(client.get(key)).rejects.toMatchObject({ outcome: 'not-executed' });
    }
    expect(redis.state).toMatchObject({ status: 'degraded', ready: true, cluster: { masters: 3, ready: 2 } });
    const key = away[0] as (typeof KEYS)[number];
    const slot = String(keySlot(prefix + key));
    for (const word of ['DELSLOTS', 'ADDSLOTS']) await other.cli('CLUSTER', word, slot);
    await other.cli('CLUSTER', 'BUMPEPOCH');
    await until(
      'it is served again',
      () =>
        client.get(key).then(
          (value) => value === null,
          () => false,
        ),
      20_000,
    );
  });
});
