import { randomUUID } from 'node:crypto';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { REDIS_CLIENT, RedisModule, RedisService } from '../index';
import type { RedisClient, RedisModuleOptions } from '../index';

export interface RedisTestApp {
  readonly prefix: string;
  readonly client: RedisClient;
  readonly redis: RedisService;
  close(): Promise<void>;
}

const open = new Set<TestingModule>();

/** One process's view of Redis: a module of its own with a connection of its own. */
export async function redisApp(
  url: string,
  options: Partial<RedisModuleOptions> = {},
): Promise<RedisTestApp> {
  const prefix = options.keyPrefix ?? `test-${randomUUID()}:`;
  const module = await Test.createTestingModule({
    imports: [RedisModule.forRoot({ url, ...options, keyPrefix: prefix })],
  }).compile();
  module.useLogger(false);
  await module.init();
  open.add(module);
  return {
    prefix,
    client: module.get<RedisClient>(REDIS_CLIENT),
    redis: module.get(RedisService),
    close: async () => {
      open.delete(module);
      await module.close();
    },
  };
}

export async function closeRedisApps(): Promise<void> {
  await Promise.all([...open].map((module) => module.close()));
  open.clear();
}

/** Waits until `condition` holds; fails with `what` after `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
