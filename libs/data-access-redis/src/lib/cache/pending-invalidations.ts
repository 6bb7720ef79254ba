import { Logger } from '@nestjs/common';
import { isSame, RecentWrites } from '../client/recent-writes';
import type { Dataset } from '../connection/redis-link';
import { RedisUsageError } from '../connection/redis.errors';
import { outsideRedisScope } from '../connection/request-scope';

const MOST_PENDING = 10_000;
/** As many as one round trip takes care of, so that many do not take many. */
const REPLAYED_AT_ONCE = 500;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

/**
 * Invalidations that Redis has not confirmed, or whose confirmation counts no more because other data is served now.
 * Until it has, this process does not read what they concern, and it repeats them as soon as Redis answers again; each
 * may be run any number of times. Their number is bounded: the oldest is dropped, and then the time-to-live of the entry
 * bounds its staleness, as it does when the process dies first.
 */
export class PendingInvalidations {
  private readonly logger = new Logger('Redis:cache');
  private readonly pending = new Map<string, () => Promise<unknown>>();
  /** Those of them that are not on their way now. */
  private readonly failed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private retryMs = FIRST_RETRY_MS;
  /** Whether it was said that some are dropped. */
  private dropped = false;
  private droppedCount = 0;
  private replaying = false;
  private readonly recent = new RecentWrites();

  /** @param datasetOf says what data serves a full key or tag (`RedisLink.datasetOf`) */
  constructor(private readonly datasetOf: (what: string) => Dataset) {}

  /** `what` is a full key or tag; reads that depend on it must not use Redis while it is pending. */
  has(what: string): boolean {
    return this.pending.size > 0 && this.pending.has(what);
  }

  get size(): number {
    return this.pending.size;
  }

  /** How many were given up so far because too many waited. */
  get droppedInAll(): number {
    return this.droppedCount;
  }

  /** Sends at once; resolves when confirmed or noted for later. Never rejects. */
  async send(what: string, invalidate: () => Promise<unknown>): Promise<void> {
    this.pending.delete(what); // the newest goes to the end of the line
    this.failed.delete(what);
    this.pending.set(what, invalidate);
    if (await this.confirmed(what, invalidate)) return;
    if (this.pending.get(what) === invalidate) this.failed.add(what);
    this.bound();
    this.retryLater();
  }

  /**
   * Writes what takes the place of an old value. The old one is invalidated should the new one get lost: at once if it is
   * not certain that those have it who serve it now.
   *
   * @throws what `write` throws
   */
  async replace(
    what: string,
    write: () => Promise<unknown>,
    invalidate: () => Promise<unknown>,
  ): Promise<void> {
    const dataset = this.datasetOf(what);
    const by = dataset();
    // One that failed before is held back meanwhile, for it would take the new value away.
    const before = this.failed.delete(what) ? this.pending.get(what) : undefined;
    const unchanged = () => before !== undefined && this.pending.get(what) === before;
    try {
      await write();
    } catch (error) {
      if (unchanged()) {
        this.failed.add(what);
        this.retryLater();
      }
      throw error;
    }
    if (!isSame(by, dataset)) return this.send(what, invalidate);
    this.recent.note(what, dataset, by, invalidate);
    if (unchanged()) this.done(what);
  }

  /**
   * Those that serve now may not have what those before them confirmed.
   *
   * @returns what is pending again
   */
  mastersChanged(): readonly string[] {
    const doubtful = this.recent.takeDoubtful().filter(([what]) => !this.pending.has(what));
    if (doubtful.length === 0) return [];
    this.logger.log(
      `other data is served now: ${doubtful.length} invalidations of the last minute are repeated`,
    );
    for (const [what, invalidate] of doubtful) {
      this.pending.set(what, invalidate);
      this.failed.add(what);
    }
    this.bound();
    void this.replay();
    return doubtful.map(([what]) => what);
  }

  /** Repeats what has failed so far, oldest first, in groups; stops while Redis does not answer. */
  async replay(): Promise<void> {
    if (this.replaying) return;
    this.replaying = true;
    try {
      const failed = [...this.failed].flatMap((what) => {
        const invalidate = this.pending.get(what);
        return invalidate ? [[what, invalidate] as const] : [];
      });
      for (let from = 0; from < failed.length; from += REPLAYED_AT_ONCE) {
        const group = failed.slice(from, from + REPLAYED_AT_ONCE);
        const done = await Promise.all(
          group.map(([what, invalidate]) => outsideRedisScope(() => this.confirmed(what, invalidate))),
        );
        if (done.every(Boolean)) continue;
        // Those of one master of a Cluster may fail for long: the next time they come after the others.
        for (const [what] of group) if (this.failed.delete(what)) this.failed.add(what);
        return this.retryLater();
      }
      this.dropped = false;
      this.retryMs = FIRST_RETRY_MS;
      if (this.failed.size > 0) this.retryLater(); // they came meanwhile
    } finally {
      this.replaying = false;
    }
  }

  /** One last try, which is bounded like every command. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.replay();
    if (this.pending.size === 0) return;
    this.logger.warn(
      `${this.pending.size} invalidations could not be sent before the end; their entries live on until they expire`,
    );
  }

  private async confirmed(what: string, invalidate: () => Promise<unknown>): Promise<boolean> {
    const dataset = this.datasetOf(what);
    const by = dataset();
    let refused = false;
    try {
      await invalidate();
    } catch (error) {
      // What is wrong in itself would stay wrong, and hold up all others.
      if (!(error instanceof RedisUsageError)) return false;
      this.logger.error(`an invalidation was refused: ${error.message}`);
      refused = true;
    }
    if (this.pending.get(what) !== invalidate) return true; // a newer one is on its way
    if (!refused) {
      if (!isSame(by, dataset)) return false; // whoever has confirmed it may not be the one who serves it now
      this.recent.note(what, dataset, by, invalidate);
    }
    this.done(what);
    return true;
  }

  private done(what: string): void {
    this.pending.delete(what);
    this.failed.delete(what);
  }

  private bound(): void {
    if (this.pending.size <= MOST_PENDING) return;
    for (const oldest of this.pending.keys()) {
      if (this.pending.size <= MOST_PENDING) break;
      this.pending.delete(oldest);
      this.failed.delete(oldest);
      this.droppedCount += 1;
    }
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
