import { Injectable } from '@nestjs/common';
import { LockLostError, LockNotAcquiredError, RedisUsageError } from '../connection/redis.errors';
import type { Lease } from '../lease/lease';
import type { Leases } from '../lease/leases';
import { resolveLockOptions } from './lock-options';
import type { LockOptions, ResolvedLockOptions } from './lock-options';
import { RedisLock, releaseAll } from './redis-lock';

/**
 * Locks for the whole fleet. They are leases: a lock ends by itself when its holder dies, and a holder who cannot reach
 * Redis loses it. Use them so that work is not done twice; where doing it twice would be wrong, let the store check the
 * `fencingToken` as well.
 *
 * @example
 * ```ts
 * await locks.withLock(`report:${day}`, { ttl: 30_000, wait: 5_000 }, async (signal) => build(day, signal));
 * ```
 */
@Injectable()
export class RedisLockService {
  readonly #leases: Leases;

  /** @internal Made by `RedisModule`. */
  constructor(leases: Leases) {
    this.#leases = leases;
  }

  /**
   * Takes the lock, standing in line for up to `wait` ms. With several resources it takes all of them or none, one by
   * one in the order of their names, so that two callers cannot wait for one another.
   *
   * @throws LockNotAcquiredError when it stayed with others
   * @throws LockLostError when one of several was lost before the last was free
   * @throws RedisError when Redis does not answer: that is never taken for a lock
   * @throws the reason of `signal`
   * @throws RedisUsageError for a bad name or option
   */
  async acquire(resource: string | readonly string[], options: LockOptions = {}): Promise<RedisLock> {
    const resolved = resolveLockOptions(options);
    if (typeof resource === 'string') {
      return new RedisLock(resource, await this.#take(resource, resolved, resolved.wait));
    }
    const names = [...new Set(resource)].sort();
    for (const name of names) this.#leases.keys('lock', name);
    const leases = await this.#takeAll(names, resolved);
    const [first, ...others] = names.map((name, i) => [name, leases[i] as Lease] as const);
    if (!first) throw new RedisUsageError('A lock needs the name of a resource.');
    return new RedisLock(...first, others);
  }

  /** As {@link acquire}, but null instead of `LockNotAcquiredError`. */
  async tryAcquire(
    resource: string | readonly string[],
    options: LockOptions = {},
  ): Promise<RedisLock | null> {
    try {
      return await this.acquire(resource, options);
    } catch (error) {
      if (error instanceof LockNotAcquiredError) return null;
      throw error;
    }
  }

  /**
   * Does `work` while holding the lock, and gives it back when the work has ended, not before.
   *
   * @param work is handed a signal that aborts when the lock is lost, and the lock with its fencing token
   * @throws LockLostError when the lock was lost before the work had ended, although the work did not fail
   * @throws what `acquire` and `work` throw
   */
  async withLock<R>(
    resource: string | readonly string[],
    options: LockOptions,
    work: (signal: AbortSignal, lock: RedisLock) => R | Promise<R>,
  ): Promise<R> {
    const lock = await this.acquire(resource, options);
    try {
      // It may have aborted when the lock was granted already.
      options.signal?.throwIfAborted();
      const result = await work(lock.signal, lock);
      lock.throwIfLost();
      return result;
    } finally {
      await lock.release();
    }
  }

  /** One after the other; when one is lost while the next is waited for, the others are given back. */
  async #takeAll(names: readonly string[], resolved: ResolvedLockOptions): Promise<Lease[]> {
    const lost = new AbortController();
    const signal = resolved.signal ? AbortSignal.any([resolved.signal, lost.signal]) : lost.signal;
    const until = performance.now() + resolved.wait;
    const leases: Lease[] = [];
    try {
      for (const name of names) {
        const left = resolved.wait === 0 ? 0 : Math.max(1, until - performance.now());
        const lease = await this.#take(name, { ...resolved, signal }, left);
        lease.onLost = () =>
          lost.abort(new LockLostError('One of several locks was lost while the next was waited for.'));
        leases.push(lease);
      }
      if (!leases.every(({ held }) => held)) throw signal.reason;
      return leases;
    } catch (error) {
      await releaseAll(leases);
      throw error;
    }
  }

  #take(name: string, { terms, permits, signal }: ResolvedLockOptions, wait: number): Promise<Lease> {
    const kind = permits === 1 ? 'lock' : 'semaphore';
    return this.#leases.take({ kind, keys: this.#leases.keys('lock', name), terms, permits, wait, signal });
  }
}
