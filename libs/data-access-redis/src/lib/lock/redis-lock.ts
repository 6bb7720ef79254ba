import { LockLostError } from '../connection/redis.errors';
import type { Lease, LossReason } from '../lease/lease';
import { termsOf } from './lock-options';

const NONE: readonly (readonly [string, Lease])[] = [];

const LOSSES: Record<LossReason, string> = {
  expired: 'The lock could not be renewed in time.',
  taken: 'Redis does not know of the lock any more.',
  closed: 'The module was shut down while the lock was held.',
};

/**
 * A lock that is held, until it is released or lost. It is renewed by itself.
 *
 * @example
 * ```ts
 * await using lock = await locks.acquire(`invoice:${id}`, { ttl: 10_000, wait: 2_000 });
 * await invoices.write(invoice, lock.fencingToken, { signal: lock.signal });
 * ```
 */
export class RedisLock implements AsyncDisposable {
  readonly #resource: string;
  readonly #lease: Lease;
  /** Of several resources. */
  readonly #others: readonly (readonly [resource: string, lease: Lease])[];
  #controller: AbortController | undefined;
  #loss: LockLostError | undefined;
  #released: Promise<boolean> | undefined;

  /** @internal Made by `RedisLockService`. */
  constructor(resource: string, lease: Lease, others: readonly (readonly [string, Lease])[] = NONE) {
    this.#resource = resource;
    this.#lease = lease;
    this.#others = others;
    const lost = (reason: LossReason) => this.#lost(reason);
    lease.onLost = lost;
    for (const [, other] of others) other.onLost = lost;
  }

  /**
   * A number that grows with every lock on the resource. Hand it on with every write that the lock protects, and let
   * the store refuse one that is lower than what it has seen: only this keeps out a holder who was paused, lost the
   * lock, and does not know yet. With several resources each has its own: see `fencingTokens`; this is the first by name.
   */
  get fencingToken(): number {
    return this.#lease.token;
  }

  /** The token of each resource, by its name. */
  get fencingTokens(): ReadonlyMap<string, number> {
    const others = this.#others.map(([resource, { token }]) => [resource, token] as const);
    return new Map([[this.#resource, this.#lease.token], ...others]);
  }

  /**
   * Aborted with a `LockLostError` when the lock is lost, before others can have it: whether Redis answers or not, as
   * soon as the event loop lets it, and after the machine slept as well. Not aborted by `release`.
   */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#loss && !this.#controller.signal.aborted) this.#controller.abort(this.#loss);
    return this.#controller.signal;
  }

  /** Looks at the clocks: also true to the moment where the signal has not had its turn yet. */
  get isHeld(): boolean {
    if (this.#released || this.#loss) return false;
    return this.#lease.held && this.#others.every(([, { held }]) => held);
  }

  /** @throws LockLostError when it is not held any more: the last look before a step that cannot be undone */
  throwIfLost(): void {
    if (!this.isHeld) throw this.#loss ?? new LockLostError('The lock is not held any more.');
  }

  /**
   * Lets it last `ttl` ms from now, and at each renewal.
   *
   * @throws LockLostError when it is lost
   * @throws RedisError when Redis does not say; it is then held for as long as before, or for `ttl` if that is shorter
   */
  async extend(ttl: number): Promise<void> {
    const terms = termsOf(ttl);
    this.throwIfLost();
    const kept = await Promise.all(this.#all().map((lease) => lease.extend(terms)));
    if (kept.includes(false)) this.throwIfLost();
  }

  /**
   * Gives the lock back and lets the next one in. Never rejects; called again it answers the same.
   *
   * @returns false when it had been lost, or when Redis did not answer: it is then given back as soon as it does, and ends
   *   there with its `ttl` at the latest
   */
  release(): Promise<boolean> {
    this.#released ??= this.#others === NONE ? this.#lease.release() : releaseAll(this.#all());
    return this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #all(): Lease[] {
    return [this.#lease, ...this.#others.map(([, lease]) => lease)];
  }

  #lost(reason: LossReason): void {
    if (this.#loss || this.#released) return;
    this.#loss = new LockLostError(LOSSES[reason]);
    this.#controller?.abort(this.#loss);
  }
}

/** True when all of them were still held. */
export async function releaseAll(leases: readonly Lease[]): Promise<boolean> {
  const given = await Promise.all(leases.map((lease) => lease.release()));
  return given.every(Boolean);
}
