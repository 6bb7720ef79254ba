import { NestFactory } from '@nestjs/core';
import {
  REDIS_CLIENT,
  RedisLeaderElectionService,
  RedisLockService,
  RedisModule,
  RedisService,
} from '../../index';
import type { RedisClient, RedisModuleOptions } from '../../index';

/** What one process of a fleet has of Redis: a module of its own, with connections of its own. */
export interface ContractProcess {
  readonly client: RedisClient;
  readonly redis: RedisService;
  readonly locks: RedisLockService;
  readonly elections: RedisLeaderElectionService;
  close(): Promise<void>;
}

export async function openProcess(options: RedisModuleOptions): Promise<ContractProcess> {
  const context = await NestFactory.createApplicationContext(RedisModule.forRoot(options), {
    logger: false,
    abortOnError: false,
  });
  return {
    client: context.get<RedisClient>(REDIS_CLIENT),
    redis: context.get(RedisService),
    locks: context.get(RedisLockService),
    elections: context.get(RedisLeaderElectionService),
    close: () => context.close(),
  };
}

/** Waits until a condition holds. @throws Error with `what` after 10 s */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
