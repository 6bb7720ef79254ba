import { Logger } from '@nestjs/common';
import { outsideRedisScope } from '../connection/request-scope';

const MOST_PENDING = 10_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

/**
 * Invalidations that Redis has not confirmed. Until then this process does not read what they concern, and it
 * repeats them as soon as Redis answers again; each may be run any number of times. Their number is bounded: the
 * oldest is dropped, and then the time-to-live of the entry bounds its staleness, as it does when the process
 * dies first.
 */
export class PendingInvalidations {
  private readonly logger = new Logger('Redis:cache');
  private readonly pending = new Map<string, () => Promise<unknown>>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private retryMs = FIRST_RETRY_MS;
  private dropped = false;

  /** `what` is a full key or tag; reads that depend on it must not use Redis while it is pending. */
  has(what: string): boolean {
    return this.pending.size > 0 && this.pending.has(what);
  }

  get size(): number {
    return this.pending.size;
  }

  /** Sends at once; resolves when confirmed or noted for later. Never rejects. */
  async send(what: string, invalidate: () => Promise<unknown>): Promise<void> {
    this.pending.delete(what); // the newest goes to the end of the line
    this.pending.set(what, invalidate);
    this.bound();
    try {
      await invalidate();
      if (this.pending.get(what) === invalidate) this.pending.delete(what);
    } catch {
      this.retryLater();
    }
  }

  /** Repeats all that is pending, oldest first; stops at the first failure. */
  async replay(): Promise<void> {
    for (const [what, invalidate] of [...this.pending]) {
      try {
        await outsideRedisScope(invalidate);
      } catch {
        this.retryLater();
        return;
      }
      if (this.pending.get(what) === invalidate) this.pending.delete(what);
    }
    this.dropped = false;
    this.retryMs = FIRST_RETRY_MS;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private bound(): void {
    if (this.pending.size <= MOST_PENDING) return;
    const oldest = this.pending.keys().next().value;
    if (oldest !== undefined) this.pending.delete(oldest);
    if (this.dropped) return;
    this.dropped = true;
    this.logger.warn(
      `over ${MOST_PENDING} invalidations wait for Redis; the oldest are dropped and their entries live on until they expire`,
    );
  }

  private retryLater(): void {
    if (this.timer || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.replay();
    }, this.retryMs);
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    this.timer.unref();
  }
}
