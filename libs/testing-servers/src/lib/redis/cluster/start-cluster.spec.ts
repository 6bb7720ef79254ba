import { startCluster } from '../../../index';
import type { RedisCluster } from '../../../index';
import { pollUntil } from '../../process/poll-until';
import { isAlive } from '../../process/process-tree';

describe('a Cluster', () => {
  let cluster: RedisCluster;
  let removed: number;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, nodeTimeoutMs: 1_000, password: 'p@ss #%' });
  });
  afterAll(() => cluster.stop());

  it('serves all slots by three masters, each with a replica', async () => {
    const [first, second] = cluster.masters;
    expect(await cluster.slotOf('{user}:1')).toBe(await cluster.slotOf('user'));
    expect(await cluster.ownerOf(0)).toBe(first);
    expect(await cluster.ownerOf(5_462)).toBe(second);
    expect(await first?.cli('CLUSTER', 'INFO')).toMatch(/cluster_slots_ok:16384/);
    for (const replica of cluster.replicas) expect(await replica.cli('ROLE')).toMatch(/^slave/);
  });

  it('moves a slot with its keys; meanwhile clients are sent on', async () => {
    const slot = await cluster.slotOf('moving');
    const from = await cluster.ownerOf(slot);
    const to = cluster.masters.find((node) => node !== from)!;
    await from.cli('SET', 'moving', '1');

    const migration = await cluster.beginMigration(slot, from, to);
    expect(await from.cli('GET', 'moving')).toBe('1');
    await migration.moveKeys();
    await expect(from.cli('GET', 'moving')).rejects.toThrow(`ASK ${slot} 127.0.0.1:${to.port}`);
    await migration.finish();
    await expect(from.cli('GET', 'moving')).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${to.port}`);
    expect(await to.cli('GET', 'moving')).toBe('1');
    expect(await cluster.ownerOf(slot)).toBe(to);
  });

  it('hands a master’s slots to its replica, when told to and when the master is killed', async () => {
    const [, master] = cluster.masters;
    const [, replica] = cluster.replicas;
    await cluster.failover(replica!);
    expect(await cluster.ownerOf(6_000)).toBe(replica);

    await replica!.kill();
    expect(
      await pollUntil(async () => (await cluster.ownerOf(6_000).catch(() => null)) === master, 30_000),
    ).toBe(true);
    await cluster.healthy();
    await replica!.restart();
    expect(await pollUntil(async () => /^slave/.test(await replica!.cli('ROLE')), 30_000)).toBe(true);
  });

  it('replaces a node by a new one, and forgets the old', async () => {
    const old = await cluster.ownerOf(0);
    const fresh = await cluster.addReplica(old);
    await cluster.failover(fresh);
    expect(await cluster.ownerOf(0)).toBe(fresh);
    await cluster.remove(old);
    const nodes = await fresh.cli('CLUSTER', 'NODES');
    expect(nodes.split('\n')).toHaveLength(6);
    expect(nodes).not.toContain(`:${old.port}@`);
    removed = old.pid;
  });

  it('keeps from a replica what its master writes, until it is told to go on', async () => {
    const master = await cluster.ownerOf(0);
    await cluster.stopReplication(master);
    await master.cli('SET', '{3560}missed', '1'); // of slot 0
    const offset = async () =>
      (await master.cli('INFO', 'replication')).match(/^connected_slaves:(\d)/m)?.[1];
    expect(await offset()).toBe('0');
    await cluster.resumeReplication(master);
    expect(await pollUntil(async () => (await offset()) !== '0', 20_000)).toBe(true);
  });

  it('leaves nothing behind', async () => {
    const pids = [...cluster.masters, ...cluster.replicas].map(({ pid }) => pid);
    await Promise.all([cluster.stop(), cluster.stop()]);
    expect([...pids, removed].some(isAlive)).toBe(false);
  });
});
