import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { keySlot } from '../lib/connection/cluster/key-slot';
import { closeRedisApps, redisApp } from './redis-test-app';
import type { RedisTestApp } from './redis-test-app';
import { stopTraffic } from './traffic';

/** A Cluster with a replica of each master, and two processes that use it, new for each test. */
export class ChangingCluster {
  cluster!: RedisCluster;
  here!: RedisTestApp;
  there!: RedisTestApp;

  async begin(options: { commandTimeoutMs?: number } = {}): Promise<void> {
    this.here = await redisApp(this.cluster.addresses, options);
    this.there = await redisApp(this.cluster.addresses, { ...options, keyPrefix: this.here.prefix });
  }

  async end(): Promise<void> {
    await stopTraffic();
    for (const node of this.#all()) if (node.running) node.thaw();
    await closeRedisApps();
  }

  ownerOf(key: string): Promise<RedisProcess> {
    return this.cluster.ownerOf(keySlot(key));
  }

  async replicaOf(master: RedisProcess): Promise<RedisProcess> {
    for (const node of this.#all()) {
      const role = node.running ? await node.cli('ROLE') : '';
      if (role.startsWith('slave') && role.includes(`\n${master.port}\n`)) return node;
    }
    throw new Error('it has no replica');
  }

  /** Moves the slot of a full key to another master. */
  async move(key: string): Promise<void> {
    const from = await this.ownerOf(key);
    const owners = await Promise.all([0, 6_000, 12_000].map((slot) => this.cluster.ownerOf(slot)));
    const to = owners.find((owner) => owner !== from) as RedisProcess;
    await this.cluster.migrateSlot(keySlot(key), from, to);
  }

  #all(): RedisProcess[] {
    return [...this.cluster.masters, ...this.cluster.replicas];
  }
}

export function useChangingCluster(): ChangingCluster {
  const changing = new ChangingCluster();
  beforeAll(async () => {
    changing.cluster = await startCluster({ replicas: 1, nodeTimeoutMs: 1_000 });
  });
  beforeEach(() => changing.begin());
  afterEach(async () => {
    jest.restoreAllMocks();
    await changing.end();
  });
  afterAll(() => changing.cluster?.stop());
  return changing;
}
