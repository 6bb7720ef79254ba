import { RedisError, RedisUsageError } from '../../connection/redis.errors';
import type { CacheEngine } from '../cache-engine';
import type { CacheStats } from '../cache-stats';
import type { NearCache, NearEntry } from '../near/near-cache';
import { protect } from '../near/protect';
import type { ReadBatch } from '../read-batch';
import type { ResolvedCacheOptions } from '../redis-cache-options';
import { tagKey } from '../tag/tags';
import type { EntryKeys } from './entry-keys';
import { decode } from './envelope';
import type { Entry } from './envelope';
import { InvalidValue } from './value-codec';
import type { ValueCodec } from './value-codec';

/** What a read found, and what a load may be stored over. */
export interface Reading<T> {
  /** `fresh` is served; `stale` is old, but may stand in; `none` is a miss. */
  state: 'fresh' | 'stale' | 'none';
  /** The value unless `none`: the caller's own, or shared and frozen. */
  value: T | null | undefined;
  entry: Entry | undefined;
  /** Head of what lies there, `''` for nothing: a load is stored only over this. */
  seen: string;
  /** False when nothing may be stored: Redis is away, or a newer release owns the entry. */
  storable: boolean;
  /** Versions of the cache's own tag and of the declared tags, by name; those that have none are missing. */
  versions: ReadonlyMap<string, string>;
}

/** A read whose keys have been placed in a batch. */
interface Placed {
  id: string;
  tags: readonly string[];
  batch: ReadBatch;
  at: number;
  generationAt: number;
  tagsAt: readonly number[];
}

const NOWHERE: readonly number[] = [];
const NO_VERSIONS: ReadonlyMap<string, string> = new Map();

/** Reads entries of one cache and judges what may be served. */
export class EntryReader<T> {
  /** Every entry of the cache carries it: raising it clears the cache. */
  readonly generationTag: string;
  private readonly generationKey: string;

  constructor(
    private readonly engine: CacheEngine,
    private readonly keys: EntryKeys,
    private readonly options: ResolvedCacheOptions<T>,
    private readonly codec: ValueCodec<T>,
    private readonly stats: CacheStats,
    private readonly near: NearCache<T> | undefined,
  ) {
    this.generationTag = `cache:${stats.cache}`;
    this.generationKey = engine.tagKey(this.generationTag);
  }

  /** From the process, if it is kept there and can be trusted. */
  fromNear(id: string): NearEntry<T> | undefined {
    if (this.near === undefined) return undefined;
    const now = Date.now();
    return this.engine.feed.trusted(now) ? this.near.get(id, now) : undefined;
  }

  /** @throws RedisError */
  async read(id: string): Promise<Reading<T>> {
    const tags = this.options.tags(id);
    if (this.isPending(id, tags)) return unreadable();
    const batch = this.engine.reads.batch();
    const placed = this.place(id, tags, batch, batch.place(this.keys.full(id)));
    const reading = this.judge(placed, await this.engine.reads.answerOf(batch));
    return reading.entry?.tags === undefined ? reading : this.checkAddedTags(placed, reading);
  }

  /** All in the batches of this tick; what could not be read is missing. */
  async readMany(ids: readonly string[]): Promise<Map<string, Reading<T>>> {
    const placed: Placed[] = [];
    for (const id of ids) {
      const tags = this.options.tags(id);
      if (this.isPending(id, tags)) continue;
      const batch = this.engine.reads.batch();
      placed.push(this.place(id, tags, batch, batch.append(this.keys.full(id))));
    }
    const readings = new Map<string, Reading<T>>();
    const checks: Promise<void>[] = [];
    let answered: ReadBatch | undefined;
    let values: readonly (string | null)[] = [];
    for (const one of placed) {
      try {
        if (one.batch !== answered) values = await this.engine.reads.answerOf(one.batch);
        answered = one.batch;
        const reading = this.judge(one, values);
        // Not waited for here: what this batch brought must be judged before anything else can happen.
        if (reading.entry?.tags === undefined) readings.set(one.id, reading);
        else checks.push(this.noteChecked(one, reading, readings));
      } catch (error) {
        if (!(error instanceof RedisError)) throw error;
      }
    }
    await Promise.all(checks);
    return readings;
  }

  /**
   * The version of the cache's own tag, and those of its declared tags by name; tags that have none get one. What is
   * known already need not be asked for.
   * @throws RedisError
   */
  async versionsNow(
    tags: readonly string[],
    known: ReadonlyMap<string, string> = NO_VERSIONS,
  ): Promise<[generation: string, tags: Record<string, string>]> {
    const versionOf = async (tag: string) => known.get(tag) ?? (await this.engine.tags.version(tag)).version;
    const [generation, ...versions] = await Promise.all([this.generationTag, ...tags].map(versionOf));
    return [generation as string, Object.fromEntries(tags.map((tag, i) => [tag, versions[i] as string]))];
  }

  private place(id: string, tags: readonly string[], batch: ReadBatch, at: number): Placed {
    return {
      id,
      tags,
      batch,
      at,
      generationAt: batch.place(this.generationKey),
      tagsAt: tags.length === 0 ? NOWHERE : tags.map((tag) => batch.place(this.engine.tagKey(tag))),
    };
  }

  private judge(placed: Placed, values: readonly (string | null)[]): Reading<T> {
    const { id, tags, tagsAt } = placed;
    if (this.isPending(id, tags)) return unreadable();
    const raw = values[placed.at];
    if (raw == null) return this.miss(placed, values, '');
    const decoded = decode(raw);
    if (typeof decoded === 'string') {
      if (decoded === 'newer') return unreadable();
      this.engine.store.discard(this.keys.key(id), raw);
      return this.miss(placed, values, '');
    }
    if ('is' in decoded || decoded.generation !== values[placed.generationAt]) {
      return this.miss(placed, values, decoded.head);
    }
    for (let i = 0; i < tags.length; i++) {
      const version = values[tagsAt[i] as number];
      if (version == null || decoded.tags?.[tags[i] as string] !== version) {
        return this.miss(placed, values, decoded.head);
      }
    }
    const age = this.engine.clock.now() - decoded.expiresAt;
    if (age >= 0 && age >= this.oldestServed(decoded)) return this.miss(placed, values, decoded.head);
    let value: T | null;
    try {
      value = this.codec.read(decoded.body);
    } catch (error) {
      if (error instanceof RedisUsageError) throw error;
      if (error instanceof InvalidValue) {
        this.stats.invalid += 1;
        return this.miss(placed, values, decoded.head);
      }
      this.engine.store.discard(this.keys.key(id), raw);
      return this.miss(placed, values, '');
    }
    const state = age < 0 ? 'fresh' : 'stale';
    const bytes = this.near === undefined ? -1 : protect(value);
    const keep = this.near !== undefined && state === 'fresh' && !hasAddedTags(decoded, tags);
    if (keep) this.keepNear(placed, [], decoded, value, bytes, -age);
    const versions = state === 'fresh' ? NO_VERSIONS : this.versionsIn(placed, values);
    return { state, value, entry: decoded, seen: decoded.head, storable: true, versions };
  }

  private miss(placed: Placed, values: readonly (string | null)[], seen: string): Reading<T> {
    const versions = this.versionsIn(placed, values);
    return { state: 'none', value: undefined, entry: undefined, seen, storable: true, versions };
  }

  private versionsIn(
    { tags, tagsAt, generationAt }: Placed,
    values: readonly (string | null)[],
  ): ReadonlyMap<string, string> {
    const versions = new Map<string, string>();
    const note = (tag: string, version: string | null | undefined) => {
      if (version != null) versions.set(tag, version);
    };
    note(this.generationTag, values[generationAt]);
    tags.forEach((tag, i) => note(tag, values[tagsAt[i] as number]));
    return versions;
  }

  private async noteChecked(one: Placed, reading: Reading<T>, into: Map<string, Reading<T>>): Promise<void> {
    try {
      into.set(one.id, await this.checkAddedTags(one, reading));
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
    }
  }

  /** Tags that the loader chose are known only from the entry: their versions cost a second read. */
  private async checkAddedTags(placed: Placed, reading: Reading<T>): Promise<Reading<T>> {
    const { entry } = reading;
    const added = Object.keys(entry?.tags ?? {}).filter((tag) => !placed.tags.includes(tag));
    if (added.length === 0) return reading;
    const batch = this.engine.reads.batch();
    const places = added.map((tag) => batch.place(this.engine.tagKey(tag)));
    const values = await this.engine.reads.answerOf(batch);
    const current = added.every(
      (tag, i) => values[places[i] as number] === entry?.tags?.[tag] && !this.engine.pending.has(tagKey(tag)),
    );
    if (!current) return { ...reading, state: 'none', value: undefined, entry: undefined };
    if (entry && this.near && reading.state === 'fresh') {
      const freshForMs = entry.expiresAt - this.engine.clock.now();
      const bytes = protect(reading.value);
      this.keepNear(placed, added, entry, reading.value as T | null, bytes, freshForMs, batch);
    }
    return reading;
  }

  private keepNear(
    { id, tags, batch }: Placed,
    added: readonly string[],
    entry: Entry,
    value: T | null,
    bytes: number,
    freshForMs: number,
    second?: ReadBatch,
  ): void {
    const { near, options, engine } = this;
    if (!near || !options.near) return;
    const now = Date.now();
    if (!engine.feed.trusted(now)) return;
    const tagKeys = [this.generationKey, ...[...tags, ...added].map((tag) => engine.tagKey(tag))];
    // The second batch was under way when the first no longer was, so it knows what changed meanwhile.
    const changed = (key: string) => batch.isDirty(key) || second?.isDirty(key);
    if (changed(this.keys.full(id)) || tagKeys.some(changed)) return;
    const ttl = Math.min(freshForMs, options.near.ttl, engine.feed.longestTtl);
    near.set(id, {
      ...(bytes < 0
        ? { shared: undefined, text: entry.body ?? '', bytes: 2 * (entry.body?.length ?? 0) }
        : { shared: value, text: undefined, bytes }),
      until: now + ttl,
      freshUntil: now + freshForMs,
      loadMs: entry.loadMs,
      tagKeys,
    });
  }

  /** How long after its end of freshness an entry may still be handed out, for whatever reason. */
  private oldestServed(entry: Entry): number {
    if (entry.body === null) return 0;
    return Math.max(this.options.staleWhileRevalidate, this.options.failSafe.maxAge);
  }

  private isPending(id: string, tags: readonly string[]): boolean {
    const { pending } = this.engine;
    if (pending.size === 0) return false;
    return (
      pending.has(this.keys.key(id)) ||
      pending.has(tagKey(this.generationTag)) ||
      tags.some((tag) => pending.has(tagKey(tag)))
    );
  }
}

/** What cannot be read is a miss over which nothing is stored. */
export function unreadable<T>(): Reading<T> {
  return {
    state: 'none',
    value: undefined,
    entry: undefined,
    seen: '',
    storable: false,
    versions: NO_VERSIONS,
  };
}

function hasAddedTags(entry: Entry, declared: readonly string[]): boolean {
  return entry.tags !== undefined && Object.keys(entry.tags).length > declared.length;
}
