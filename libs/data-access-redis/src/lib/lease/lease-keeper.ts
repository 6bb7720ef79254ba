import { outsideRedisScope } from '../connection/request-scope';
import type { Lease } from './lease';
import { moment } from './moment';

/** The wall clock is looked at this often: a machine that slept learns what it missed. */
const LONGEST_SLEEP_MS = 250;

/**
 * Looks after all leases of a process with one timer, which runs only while there are any. They are linked by
 * themselves, for why see `Waiters`.
 */
export class LeaseKeeper {
  #first: Lease | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Infinity;
  #closed = false;

  /** @param at when to look first, as `performance.now()` */
  keep(lease: Lease, at: number): void {
    if (this.#closed) return lease.close();
    if (!lease.isKept) this.#link(lease);
    this.#wake(at);
  }

  drop(lease: Lease): void {
    if (!lease.isKept) return;
    const { before, after } = lease;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    lease.before = undefined;
    lease.after = undefined;
    lease.isKept = false;
  }

  /** Redis may have lost all: each lease is asked for now. */
  renewAll(): void {
    this.#each((lease) => lease.renewNow());
  }

  /** Closes all and starts no timer any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#each((lease) => lease.close());
  }

  #link(lease: Lease): void {
    lease.isKept = true;
    lease.after = this.#first;
    if (this.#first) this.#first.before = lease;
    this.#first = lease;
  }

  /** Of those that are kept now: the work may drop some, or keep new ones. */
  #each(work: (lease: Lease) => void): void {
    const all: Lease[] = [];
    for (let lease = this.#first; lease; lease = lease.after) all.push(lease);
    for (const lease of all) work(lease);
  }

  #wake(at: number): void {
    if (this.#timer !== undefined && this.#wakesAt <= at) return;
    const now = performance.now();
    const wakesAt = Math.min(at, now + LONGEST_SLEEP_MS);
    clearTimeout(this.#timer);
    this.#wakesAt = wakesAt;
    // Not on behalf of the request that took the lease.
    this.#timer = outsideRedisScope(() => setTimeout(() => this.#look(), Math.max(1, wakesAt - now)));
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    const now = moment();
    let next = Infinity;
    this.#each((lease) => (next = Math.min(next, lease.look(now))));
    if (this.#first && !this.#closed) this.#wake(next);
  }
}
