import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster } from '@sluice/testing-servers';
import type { ServedProcess } from '../processes/served-process';
import type { Servers } from './servers';

/** Three masters, each with a replica. */
export class ClusterServers implements Servers {
  users: readonly ServedProcess[] = [];

  private constructor(readonly cluster: RedisCluster) {}

  static async start(): Promise<ClusterServers> {
    return new ClusterServers(await startCluster({ replicas: 1 }));
  }

  get env(): Record<string, string> {
    return { REDIS_CLUSTER_NODES: this.cluster.addresses.join(',') };
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}
