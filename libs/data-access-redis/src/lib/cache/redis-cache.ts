import type { CacheEngine } from './cache-engine';
import type { CacheStats, ReadOutcome } from './cache-stats';
import { EntryKeys } from './entry/entry-keys';
import { BulkRead } from './entry/bulk-read';
import { EntryJudge } from './entry/entry-judge';
import { EntryReader } from './entry/entry-reader';
import type { Reading } from './entry/reading';
import { ValueCodec } from './entry/value-codec';
import { BulkLoad } from './flight/bulk-load';
import type { BulkLoader } from './flight/bulk-load';
import { EntryLoader } from './flight/entry-loader';
import type { Loaded } from './flight/entry-loader';
import type { CacheLoader } from './flight/loader-call';
import type { Flight } from './flight/single-flight';
import { lifetime, refreshEarly, retention } from './freshness';
import { NearCache } from './near/near-cache';
import type { NearEntry } from './near/near-cache';
import { NearReads } from './near/near-reads';
import type { ResolvedCacheOptions } from './redis-cache-options';
import { waitFor } from '../waiting/wait-for';

/** Of one call. */
export interface CacheCallOptions {
  /** The caller's deadline: when it aborts, this call rejects with its reason; the load goes on for others. */
  signal?: AbortSignal;
}

/**
 * Values of one kind by id. A value is `T`, a remembered absence is `null`, a miss is `undefined`.
 *
 * Values go through JSON, on a miss too, so a caller gets the same shape whether it was loaded or cached. What a
 * caller is handed is an object of its own; in a cache with `near` it is shared and deeply frozen. No call fails or
 * waits beyond the cache deadline because of Redis: without it, reads are misses and writes are dropped.
 */
export class RedisCache<T> {
  private readonly keys: EntryKeys;
  private readonly codec: ValueCodec<T>;
  private readonly near: NearReads<T> | undefined;
  private readonly reader: EntryReader<T>;
  private readonly loader: EntryLoader<T>;

  /** @internal Made by `RedisService.cache`. */
  constructor(
    private readonly name: string,
    private readonly options: ResolvedCacheOptions<T>,
    private readonly engine: CacheEngine,
    private readonly stats: CacheStats,
  ) {
    this.keys = new EntryKeys(engine.prefix, name);
    this.codec = new ValueCodec(this.options.schema);
    this.near = this.beginNear();
    const judge = new EntryJudge(engine, this.keys, this.options, this.codec, stats);
    this.reader = new EntryReader(engine, this.keys, this.options, judge, this.near);
    this.loader = new EntryLoader(engine, this.keys, this.options, this.codec, this.reader, stats);
  }

  /** The cached value, `null` for a remembered absence, `undefined` for a miss. Old values count as misses. */
  async get(id: string): Promise<T | null | undefined> {
    const near = this.near?.get(id);
    if (near !== undefined) return this.served('near', this.valueOf(near));
    const placed = this.reader.place(id);
    const answers = await this.reader.answers(placed);
    const value = this.reader.freshAtOnce(placed, answers);
    if (value !== undefined) return this.served('hit', value);
    const reading = await this.reader.judged(placed, answers);
    return reading.state === 'fresh' ? this.served('hit', reading.value) : this.served('miss', undefined);
  }

  /** What is cached of these ids; ids that miss are not in the map. One round trip. */
  async getMany(ids: readonly string[]): Promise<Map<string, T | null>> {
    const { found, missing } = this.splitNear(ids);
    const others = await this.readMany(missing, found);
    this.stats.read('miss', others.length);
    return found;
  }

  /**
   * The cached value, or what `loader` brings, which is then stored. Callers of the same id at the same time share
   * one load, in the whole fleet. A load that an invalidation overtook is handed to those who already wait and not
   * stored. Errors of the loader reach all of them and are not remembered.
   *
   * @throws CacheLoadTimeoutError at the hard timeout; what the loader throws; the reason of `signal`
   * @example
   * ```ts
   * const profile = await this.cache.getOrSet(userId, () => this.users.findProfile(userId));
   * const page = await this.pages.getOrSet(url, async ({ signal, previous, setTtl }) => {
   *   const answer = await fetch(url, { signal, headers: previous && { 'if-none-match': previous.etag } });
   *   if (answer.status === 304 && previous) return previous;
   *   setTtl(maxAgeOf(answer));
   *   return { etag: answer.headers.get('etag'), text: await answer.text() };
   * });
   * ```
   */
  getOrSet(id: string, loader: CacheLoader<T>, { signal }: CacheCallOptions = NO_OPTIONS): Promise<T | null> {
    const near = this.near?.get(id);
    if (near === undefined) return this.readOrLoad(id, loader, signal);
    if (refreshEarly(near.freshUntil - Date.now(), near.loadMs, this.options.earlyRefresh)) {
      this.loader.refresh(id, loader, 'early');
    }
    return Promise.resolve(this.served('near', this.valueOf(near)));
  }

  /**
   * Like {@link getOrSet} for many ids at once: one read, then one call of `loadMissing` for those that are missing
   * and that nobody else is loading. Ids that it does not bring do not exist (`null`).
   *
   * @throws like {@link getOrSet}
   * @example
   * ```ts
   * const pages = await this.pages.getOrSetMany(urls, async (missing, { signal, setTtl }) => {
   *   const answers = await fetchAll(missing, signal);
   *   for (const [url, answer] of answers) setTtl(url, maxAgeOf(answer));
   *   return answers;
   * });
   * ```
   */
  async getOrSetMany(
    ids: readonly string[],
    loadMissing: BulkLoader<T>,
    { signal }: CacheCallOptions = NO_OPTIONS,
  ): Promise<Map<string, T | null>> {
    signal?.throwIfAborted();
    const { found, missing } = this.splitNear([...new Set(ids)]);
    const toLoad = await this.readMany(missing, found);
    const bulk = new BulkLoad(loadMissing, toLoad.length);
    await Promise.all(
      toLoad.map(async ([id, reading]) => {
        const { loader, decided } = bulk.member();
        if (this.withinRevalidation(reading)) {
          this.loader.refresh(id, loader, 'stale', decided);
          return void found.set(id, this.served('stale', reading.value as T | null));
        }
        const flight = this.loader.flight(id, loader, reading, decided);
        found.set(id, await this.waitForFlight(flight, reading, signal));
      }),
    );
    return new Map(ids.map((id) => [id, found.get(id) as T | null]));
  }

  /** Stores a value, or an absence, whatever is there. Without Redis, the old value is taken out of service. */
  async set(id: string, value: T | null): Promise<void> {
    this.keys.full(id); // refuses a bad one before anything happens
    const body = this.codec.write(value);
    this.codec.check(body);
    const ttl = lifetime(body === null ? this.options.negativeTtl : this.options.ttl, this.options);
    const fits = body === null || body.length <= this.options.maxValueSize;
    if (!fits) this.stats.oversized += 1;
    if (ttl === 0 || !fits) return this.delete(id);
    const key = this.keys.key(id);
    const invalidate = () => this.engine.store.forget(key, this.engine.feed.tellOn);
    this.forget(id);
    try {
      const [generation, tags] = await this.reader.versionsNow(this.options.tags(id));
      const entry = { body, expiresAt: this.engine.clock.now() + ttl, loadMs: 0, generation, tags };
      const keepFor = retention(ttl, body === null, this.options);
      const write = () => this.engine.store.overwrite(key, entry, keepFor, this.engine.feed.tellOn);
      await this.engine.pending.replace(key, write, invalidate);
    } catch {
      // The old value may still be there, and must not be served in place of the new one.
      await this.engine.pending.send(key, invalidate);
    }
    this.forget(id);
  }

  /**
   * Takes values out of service. In this process at once; elsewhere when Redis has it, which is before the
   * promise resolves unless Redis is away: then it is kept and sent as soon as Redis is back.
   *
   * @throws RedisUsageError for a bad id, and for nothing else
   */
  async delete(ids: string | readonly string[]): Promise<void> {
    const all = typeof ids === 'string' ? [ids] : ids;
    await Promise.all(
      all.map(async (id) => {
        this.forget(id);
        const key = this.keys.key(id);
        await this.engine.pending.send(key, () => this.engine.store.forget(key, this.engine.feed.tellOn));
        this.forget(id); // a read that was answered before the delete may have come in since
      }),
    );
  }

  /** Takes all values of this cache out of service, in O(1), like {@link delete}. */
  async clear(): Promise<void> {
    this.loader.flights.forgetAll();
    this.near?.clear();
    await this.engine.invalidateTag(this.keys.generationTag);
    this.near?.clear();
  }

  /** @internal Loads that carry one of these tags are no longer joined nor stored. */
  tagsInvalidated(tags: ReadonlySet<string>): void {
    if (tags.has(this.keys.generationTag)) this.loader.flights.forgetAll();
    else this.loader.flights.forgetTags(tags);
  }

  private async readOrLoad(
    id: string,
    loader: CacheLoader<T>,
    signal: AbortSignal | undefined,
  ): Promise<T | null> {
    signal?.throwIfAborted();
    const placed = this.reader.place(id);
    const answers = await this.reader.answers(placed);
    const value = this.reader.freshAtOnce(placed, answers);
    if (value !== undefined) return this.served('hit', value);
    const reading = await this.reader.judged(placed, answers);
    if (reading.state === 'fresh') {
      const { entry, value } = reading;
      const { earlyRefresh } = this.options;
      if (entry && refreshEarly(entry.expiresAt - this.engine.clock.now(), entry.loadMs, earlyRefresh)) {
        this.loader.refresh(id, loader, 'early');
      }
      return this.served('hit', value as T | null);
    }
    if (this.withinRevalidation(reading)) {
      this.loader.refresh(id, loader, 'stale');
      return this.served('stale', reading.value as T | null);
    }
    return this.waitForFlight(this.loader.flight(id, loader, reading), reading, signal);
  }

  /** Waits for a load; when there is an old value, only for so long. */
  private async waitForFlight(
    flight: Flight<Loaded<T>>,
    reading: Reading<T>,
    signal: AbortSignal | undefined,
  ): Promise<T | null> {
    // Only for those who have an old value themselves: for others it may have been invalidated since.
    let loaded = reading.state === 'stale' ? flight.meanwhile : undefined;
    if (loaded === undefined) {
      const impatient = reading.state === 'stale' && this.options.softTimeout < this.options.hardTimeout;
      const result = await waitFor(flight.promise, signal, impatient ? this.options.softTimeout : undefined);
      loaded = result === 'late' ? (flight.meanwhile = this.loader.handed(reading, 'stale')) : result;
    }
    return this.served(loaded.outcome, this.loader.handOut(loaded));
  }

  private withinRevalidation({ state, entry }: Reading<T>): boolean {
    if (state !== 'stale' || entry === undefined) return false;
    return this.engine.clock.now() - entry.expiresAt < this.options.staleWhileRevalidate;
  }

  private splitNear(ids: readonly string[]): { found: Map<string, T | null>; missing: readonly string[] } {
    const found = new Map<string, T | null>();
    if (this.near === undefined) return { found, missing: ids };
    const missing: string[] = [];
    for (const id of ids) {
      const near = this.near.get(id);
      if (near !== undefined) found.set(id, this.served('near', this.valueOf(near)));
      else missing.push(id);
    }
    return { found, missing };
  }

  private valueOf({ shared, text }: NearEntry<T>): T | null {
    return shared === undefined ? this.codec.read(text ?? null) : shared;
  }

  /** In this process: not kept near any more, not joined if it is being loaded, not kept if it is being read. */
  private forget(id: string): void {
    this.loader.flights.forget(id);
    this.engine.coherence.changed(this.keys.full(id));
  }

  /** @returns what was read of those that may not be served as they are */
  private async readMany(
    ids: readonly string[],
    found: Map<string, T | null>,
  ): Promise<[id: string, reading: Reading<T>][]> {
    const bulk = new BulkRead(this.engine, this.reader, ids, found);
    await bulk.run();
    this.stats.read('hit', ids.length - bulk.others.length);
    return bulk.others;
  }

  private served<V>(outcome: ReadOutcome, value: V): V {
    this.stats.read(outcome, 1);
    return value;
  }

  private beginNear(): NearReads<T> | undefined {
    const { near: options } = this.options;
    if (!options || !this.engine.mayBeNear) return undefined;
    const near = new NearCache<T>(options.maxBytes, this.engine.coherence.cells, this.stats);
    this.stats.nearBytes = () => near.bytes;
    this.engine.coherence.add(this.name, {
      keys: this.keys,
      near: near as NearCache<unknown>,
      told: () => {
        this.stats.invalidations += 1;
      },
    });
    this.engine.feed.watch(this.keys.base);
    return new NearReads(near, this.engine, this.keys, options);
  }
}

const NO_OPTIONS: CacheCallOptions = {};
