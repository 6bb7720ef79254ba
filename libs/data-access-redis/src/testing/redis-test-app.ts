import { randomUUID } from 'node:crypto';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  REDIS_CLIENT,
  RedisLeaderElectionService,
  RedisLockService,
  RedisModule,
  RedisService,
} from '../index';
import type { RedisClient, RedisModuleOptions } from '../index';

export { until } from '@sluice/testing-servers';

export interface RedisTestApp {
  readonly prefix: string;
  readonly client: RedisClient;
  readonly redis: RedisService;
  readonly locks: RedisLockService;
  readonly elections: RedisLeaderElectionService;
  close(): Promise<void>;
}

const open = new Set<TestingModule>();

/**
 * One process's view of Redis: a module of its own with a connection of its own.
 * @param server its url, nodes of a Cluster, or sentinels and their name for the master
 */
export async function redisApp(
  server: string | readonly string[] | { addresses: readonly string[]; name: string },
  options: Partial<RedisModuleOptions> = {},
): Promise<RedisTestApp> {
  const prefix = options.keyPrefix ?? `test-${randomUUID()}:`;
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({
        ...where(server),
        ...options,
        keyPrefix: prefix,
      }),
    ],
  }).compile();
  module.useLogger(false);
  await module.init();
  open.add(module);
  return {
    prefix,
    client: module.get<RedisClient>(REDIS_CLIENT),
    redis: module.get(RedisService),
    locks: module.get(RedisLockService),
    elections: module.get(RedisLeaderElectionService),
    close: async () => {
      open.delete(module);
      await module.close();
    },
  };
}

function where(server: Parameters<typeof redisApp>[0]): RedisModuleOptions {
  if (typeof server === 'string') return { url: server };
  if ('addresses' in server) return { sentinel: { nodes: server.addresses, name: server.name } };
  return { cluster: { nodes: server } };
}

export async function closeRedisApps(): Promise<void> {
  await Promise.all([...open].map((module) => module.close()));
  open.clear();
}
