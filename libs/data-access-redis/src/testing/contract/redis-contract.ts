import { randomUUID } from 'node:crypto';
import type { RedisModuleOptions } from '../../index';
import { cachePromises } from './cache-promises';
import { commandPromises } from './command-promises';
import { openProcess } from './contract-process';
import type { ContractProcess } from './contract-process';
import { coordinationPromises } from './coordination-promises';

/** Something that holds on every Redis that this library supports. */
export interface RedisPromise {
  /** What is promised, in words. */
  readonly promise: string;
  /**
   * Holds a server to it: within seconds, under a key prefix of its own, by three processes' worth of connections.
   *
   * @param options of `RedisModule.forRoot`: which server, and how to speak to it; `commandTimeoutMs` and
   *   `cacheTimeoutMs` are 10,000 here unless they say otherwise
   * @throws AssertionError when it is broken
   */
  check(options: RedisModuleOptions): Promise<void>;
}

/** @internal A promise as it is written down: what three processes of one fleet see of it. */
export type PromiseCheck = (
  here: ContractProcess,
  there: ContractProcess,
  third: ContractProcess,
) => Promise<void>;

/**
 * What features rely on, to be held against the Redis that you run: its topology, its version, the rights of its user.
 *
 * @example
 * ```ts
 * import { redisContract } from '@sluice/data-access-redis/testing';
 *
 * describe('our Redis', () => {
 *   const options = { url: process.env.REDIS_URL, keyPrefix: 'sluice:' };
 *   for (const { promise, check } of redisContract) it(promise, () => check(options), 60_000);
 * });
 * ```
 */
export const redisContract: readonly RedisPromise[] = Object.entries({
  ...commandPromises,
  ...cachePromises,
  ...coordinationPromises,
}).map(([promise, check]) => ({ promise, check: (options) => checkPromise(check, options) }));

/** What is promised is not how fast a server is, nor the machine that asks it. */
const PATIENCE = { commandTimeoutMs: 10_000, cacheTimeoutMs: 10_000 };

async function checkPromise(check: PromiseCheck, options: RedisModuleOptions): Promise<void> {
  const own = { ...PATIENCE, ...options, keyPrefix: `${options.keyPrefix ?? 'contract:'}${randomUUID()}:` };
  const processes: ContractProcess[] = [];
  try {
    for (let i = 0; i < 3; i++) processes.push(await openProcess(own));
    await check(...(processes as [ContractProcess, ContractProcess, ContractProcess]));
  } finally {
    await Promise.all(processes.map((process) => process.close()));
  }
}
