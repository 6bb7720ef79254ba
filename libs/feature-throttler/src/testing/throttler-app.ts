import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { REDIS_CLIENT, type RedisClient, RedisModule } from '@sluice/data-access-redis';
import { HttpModule, type RateLimitOptions } from '@sluice/util-http';
import {
  type Decision,
  RateLimiter,
  RatePlans,
  type RatePolicyOptions,
  ThrottlerModule,
  type ThrottlerModuleOptions,
  ThrottlerStorageRedisService,
  type Trackers,
} from '../index';
import type { Limit } from '../lib/limiter/limit';
import { Limits } from '../lib/limiter/limits';

/** What one process has of rate limiting, without HTTP. */
export interface ThrottlerApp {
  readonly prefix: string;
  readonly client: RedisClient;
  readonly limiter: RateLimiter;
  readonly plans: RatePlans;
  readonly storage: ThrottlerStorageRedisService;
  limit(name: string): Limit;
  /** One request that asks for these limits. */
  ask(trackers: Trackers | string, options?: RateLimitOptions): Promise<Decision>;
  close(): Promise<void>;
}

export interface ThrottlerAppOptions extends Partial<ThrottlerModuleOptions> {
  /** Shared by those who count together. Default: one of its own. */
  keyPrefix?: string;
}

/** So that Redis decides, and its late answers are still listened to, also on a busy machine. */
export const UNHURRIED_MS = 5_000;

const open = new Set<TestingModule>();

/**
 * A process's worth of modules: its own connection, deny caches and deadline.
 * @param server its url, or nodes of a Cluster
 */
export async function throttlerApp(
  server: string | readonly string[],
  policies: readonly RatePolicyOptions[],
  { keyPrefix, ...options }: ThrottlerAppOptions = {},
): Promise<ThrottlerApp> {
  const prefix = keyPrefix ?? `test-${randomUUID()}:`;
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({
        ...(typeof server === 'string' ? { url: server } : { cluster: { nodes: server } }),
        keyPrefix: prefix,
        commandTimeoutMs: UNHURRIED_MS,
      }),
      HttpModule.forRoot({ secret: 's'.repeat(32) }),
      ThrottlerModule.forRoot({ policies, deadlineMs: UNHURRIED_MS, ...options }),
    ],
  }).compile();
  module.useLogger(false);
  await module.init();
  open.add(module);
  const limiter = module.get(RateLimiter, { strict: false });
  const plans = module.get(RatePlans, { strict: false });
  return {
    prefix,
    client: module.get<RedisClient>(REDIS_CLIENT, { strict: false }),
    limiter,
    plans,
    storage: module.get(ThrottlerStorageRedisService, { strict: false }),
    limit: (name) => module.get(Limits, { strict: false }).find(name) as Limit,
    ask: async (trackers, limits) =>
      limiter.decide(plans.for(limits), typeof trackers === 'string' ? everywhere(trackers) : trackers),
    close: async () => {
      open.delete(module);
      await module.close();
    },
  };
}

/** The same, with the deadline that users have: for what is about Redis being late or gone. */
export const hastyThrottlerApp: typeof throttlerApp = (server, policies, options) =>
  throttlerApp(server, policies, { deadlineMs: 50, ...options });

export async function closeThrottlerApps(): Promise<void> {
  await Promise.all([...open].map((module) => module.close()));
  open.clear();
}

/** Counted for the same, whatever a limit counts by. */
export function everywhere(tracker: string): Trackers {
  return { of: () => tracker };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How often each script was called since the server's statistics were last reset. */
export async function scriptCalls(server: { cli(...words: string[]): Promise<string> }): Promise<number> {
  const stats = await server.cli('INFO', 'commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}
