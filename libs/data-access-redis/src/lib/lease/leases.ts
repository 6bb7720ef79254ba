import { Logger } from '@nestjs/common';
import type { RedisClient } from '../client/redis-client';
import { RedisError } from '../connection/redis.errors';
import { LeaseMetrics } from '../observability/lease-metrics';
import type { LeaseKind } from '../observability/lease-metrics';
import type { WakeUps } from '../waiting/wake-ups';
import type { Lease, LeaseTerms } from './lease';
import { LeaseKeeper } from './lease-keeper';
import { LeaseClaim } from './lease-claim';
import { leaseKeys } from './lease-name';
import { LeaseScripts } from './lease-scripts';
import type { LeaseHolder, LeaseIdentity } from './lease-scripts';

export interface LeaseRequest {
  readonly kind: LeaseKind;
  readonly keys: readonly [lease: string, line: string];
  readonly terms: LeaseTerms;
  /** How many may hold at once. */
  readonly permits: number;
  /** How long to stand in line, in ms; 0 asks once, Infinity stands until `signal` aborts. */
  readonly wait: number;
  readonly signal: AbortSignal | undefined;
  /** Told whenever somebody else was seen to hold it. */
  readonly onHolder?: (holder: LeaseHolder) => void;
}

/** Between tries to give something back, in ms. */
const LONGEST_PAUSE_MS = 60_000;

/** All leases of a process: locks, semaphores and leaderships are leases of different terms. */
export class Leases {
  readonly scripts: LeaseScripts;
  readonly keeper = new LeaseKeeper();
  readonly metrics = new LeaseMetrics();
  #closed = false;
  #evicts = false;
  #warned = false;

  constructor(
    client: RedisClient,
    private readonly prefix: string,
    readonly wakeUps: WakeUps,
  ) {
    this.scripts = new LeaseScripts(client, wakeUps.channels);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws RedisUsageError for a bad name */
  keys(kind: 'lock' | 'leader', name: string): [lease: string, line: string] {
    return leaseKeys(this.prefix, kind, name);
  }

  /**
   * Takes a lease, standing in line for it if need be.
   *
   * @throws LockNotAcquiredError when the wait is over
   * @throws RedisError when Redis is away at the beginning, and if it still is when the wait is over
   * @throws the signal's reason
   */
  take(request: LeaseRequest): Promise<Lease> {
    if (this.#evicts) this.#warnOfEviction();
    return new LeaseClaim(this, request).take();
  }

  /**
   * Gives a lease back, or leaves the line before it, and resolves with whether it was ours; never rejects. When Redis
   * does not answer this is false, and it is tried again in the background, for as long as the lease can live there.
   */
  giveBack(identity: LeaseIdentity, ttl: number): Promise<boolean> {
    return new Promise((resolve) =>
      this.scripts.sendRelease(identity, resolve, () => {
        void this.#giveBackLater(identity, ttl);
        resolve(false);
      }),
    );
  }

  async #giveBackLater(identity: LeaseIdentity, ttl: number): Promise<void> {
    const until = performance.now() + ttl;
    for (let pauseMs = 1_000; performance.now() < until && !this.#closed; pauseMs *= 2) {
      // Woken when Redis is back.
      const back = this.wakeUps.waiter(identity.id);
      await back.within(Math.min(pauseMs, LONGEST_PAUSE_MS, until - performance.now()));
      back.close();
      try {
        await this.scripts.release(identity);
        return;
      } catch (error) {
        if (error instanceof RedisError && error.code === 'REDIS_USAGE') return;
      }
    }
  }

  /**
   * Redis is back, and may have lost all: who holds something asks whether it still does.
   * @param evicts whether this server drops keys when its memory is full
   */
  reconnected(evicts: boolean): void {
    this.#evicts = evicts && !this.#warned;
    this.keeper.renewAll();
  }

  #warnOfEviction(): void {
    this.#evicts = false;
    this.#warned = true;
    new Logger('Redis').warn(
      'this server evicts keys when its memory is full: a lock or a leadership that is held may go then, and two hold it. Set maxmemory-policy to noeviction, or keep them on another server.',
    );
  }

  /**
   * Tells all holders that they hold nothing any more, and runs no timer from then on. What is held runs out in Redis;
   * who stands in line learns it when woken.
   */
  close(): void {
    this.#closed = true;
    this.keeper.close();
  }
}
