import { randomUUID } from 'node:crypto';
import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import { FleetProcess } from './fleet-process';
import type { Callable } from './remote-calls';

export interface FleetOptions {
  size: number;
  cacheTimeoutMs?: number;
  mutant?: string;
  callable?: Callable;
  /** Absolute path of what the processes run. Default: fleet-main.ts. */
  main?: string;
}

/** Processes that share one Redis, each behind a fault proxy of its own. */
export interface Fleet {
  readonly redis: RedisProcess;
  /** Of all keys. */
  readonly prefix: string;
  readonly proxies: readonly FaultProxy[];
  readonly processes: FleetProcess[];
  /** One more, for one that was killed. */
  add(): Promise<FleetProcess>;
  /** To all at once. */
  call<R>(name: string, argument?: (process: number) => unknown): Promise<R[]>;
  /** Ends processes, proxies and Redis, whatever state they are in. */
  stop(): Promise<void>;
}

export async function startFleet({ size, ...options }: FleetOptions): Promise<Fleet> {
  const redis = await startRedis();
  const proxies: FaultProxy[] = [];
  const processes: FleetProcess[] = [];
  const keyPrefix = `fleet-${randomUUID()}:`;
  const add = async () => {
    const proxy = await startFaultProxy({ port: redis.port });
    proxies.push(proxy);
    return FleetProcess.start({ ...options, redisUrl: proxy.url, keyPrefix });
  };
  const fleet: Fleet = {
    redis,
    prefix: keyPrefix,
    proxies,
    processes,
    add: async () => {
      const process = await add();
      processes.push(process);
      return process;
    },
    call: <R>(name: string, argument?: (process: number) => unknown) =>
      Promise.all(processes.map((process, i) => process.call<R>(name, argument?.(i)))),
    stop: async () => {
      await Promise.all(processes.map((process) => process.kill()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await redis.stop();
    },
  };
  const started = await Promise.allSettled(Array.from({ length: size }, add));
  for (const one of started) if (one.status === 'fulfilled') processes.push(one.value);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await fleet.stop();
    throw failed.reason as Error;
  }
  return fleet;
}
