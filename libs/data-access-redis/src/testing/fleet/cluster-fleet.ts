import { randomUUID } from 'node:crypto';
import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster } from '@sluice/testing-servers';
import type { Fleet, FleetOptions } from './fleet';
import { FleetProcess } from './fleet-process';

/** Processes that share one Cluster. */
export type ClusterFleet = Pick<Fleet, 'call' | 'stop'> & { readonly cluster: RedisCluster };

export async function startClusterFleet({ size, ...options }: FleetOptions): Promise<ClusterFleet> {
  const cluster = await startCluster({ replicas: 1 });
  const keyPrefix = `fleet-${randomUUID()}:`;
  const start = () => FleetProcess.start({ ...options, redisUrl: cluster.addresses.join(), keyPrefix });
  const started = await Promise.allSettled(Array.from({ length: size }, start));
  const processes = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const fleet: ClusterFleet = {
    cluster,
    call: <R>(name: string, argument?: (process: number) => unknown) =>
      Promise.all(processes.map((process, i) => process.call<R>(name, argument?.(i)))),
    stop: async () => {
      await Promise.all(processes.map((process) => process.kill()));
      await cluster.stop();
    },
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (!failed) return fleet;
  await fleet.stop();
  throw failed.reason as Error;
}
