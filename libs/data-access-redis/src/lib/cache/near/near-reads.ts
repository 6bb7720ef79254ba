import type { CacheEngine } from '../cache-engine';
import type { EntryKeys } from '../entry/entry-keys';
import type { Placed } from '../entry/placed';
import type { Reading } from '../entry/reading';
import type { ReadBatch } from '../read-batch';
import type { NearCacheOptions } from '../redis-cache-options';
import type { NearCache, NearEntry } from './near-cache';
import { protect } from './protect';

/** What stands between reads and a near cache: what may be served from it, and what may be kept in it. */
export class NearReads<T> {
  constructor(
    private readonly near: NearCache<T>,
    private readonly engine: CacheEngine,
    private readonly keys: EntryKeys,
    private readonly options: Required<NearCacheOptions>,
  ) {}

  /** From the process, if it is kept there and can be trusted. */
  get(id: string): NearEntry<T> | undefined {
    const now = Date.now();
    return this.engine.feed.trusted(now) ? this.near.get(id, now) : undefined;
  }

  clear(): void {
    this.near.clear();
  }

  /**
   * Freezes what was read, and keeps it unless it is old or something changed while it was on its way. Call it in the
   * turn in which the answer arrived.
   * @param added tags beyond the declared ones; they were read in `second`
   */
  keep(
    { id, tags, batch }: Placed,
    { state, value, entry }: Reading<T>,
    added: readonly string[] = [],
    second?: ReadBatch,
  ): void {
    if (entry === undefined) return;
    const bytes = protect(value);
    const { engine, keys, options } = this;
    if (state !== 'fresh' || !engine.feed.trusted(Date.now())) return;
    const tagKeys = [keys.generation, ...[...tags, ...added].map((tag) => keys.tag(tag))];
    // The second batch was under way when the first no longer was, so it knows what changed meanwhile.
    const changed = (key: string) => batch.isDirty(key) || second?.isDirty(key);
    if (changed(keys.full(id)) || tagKeys.some(changed)) return;
    const freshForMs = entry.expiresAt - engine.clock.now();
    const ttl = Math.min(freshForMs, options.ttl, engine.feed.longestTtl);
    this.near.set(id, {
      ...(bytes < 0
        ? { shared: undefined, text: entry.body ?? '', bytes: 2 * (entry.body?.length ?? 0) }
        : { shared: value as T | null, text: undefined, bytes }),
      // From the question on: what the answer says may have changed since.
      until: batch.sentAt + ttl,
      freshUntil: batch.sentAt + freshForMs,
      loadMs: entry.loadMs,
      tagKeys,
    });
  }
}
