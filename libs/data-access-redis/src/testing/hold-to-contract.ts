import type { RedisModuleOptions } from '../index';
import { redisContract } from './contract/redis-contract';

/** Declares a test for each promise of the contract. @param options asked for when the tests run */
export function holdToContract(options: () => RedisModuleOptions): void {
  it.each(redisContract.map(({ promise, check }) => [promise, check] as const))('%s', (_promise, check) =>
    check(options()),
  );
}
