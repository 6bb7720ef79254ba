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
    const placed = this.place(id, tags);
    const values = await this.engine.reads.answerOf(placed.batch);
    const reading = this.judge(placed, values);
    return reading.entry?.tags === undefined ? reading : this.checkAddedTags(placed, reading);
  }

  /** All in the batches of this tick; without those that could not be read. */
  async readMany(ids: readonly string[]): Promise<Map<string, Reading<T>>> {
    const placed: Placed[] = [];
    for (const id of ids) {
      const tags = this.options.tags(id);
      if (!this.isPending(id, tags)) placed.push(this.place(id, tags));
    }
    const readings = new Map<string, Reading<T>>();
    for (const one of placed) {
      try {
        const values = await this.engine.reads.answerOf(one.batch);
        const reading = this.judge(one, values);
        readings.set(
          one.id,
          reading.entry?.tags === undefined ? reading : await this.checkAddedTags(one, reading),
        );
      } catch {
        // Redis is away: a miss that nothing can be stored over
      }
    }
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

  private place(id: string, tags: readonly string[]): Placed {
    const batch = this.engine.reads.batch();
    return {
      id,
      tags,
      batch,
      at: batch.place(this.keys.full(id)),
      generationAt: batch.place(this.generationKey),
      tagsAt: tags.length === 0 ? NOWHERE : tags.map((tag) => batch.place(this.engine.tagKey(tag))),
    };
  }

  private judge(placed: Placed, values: readonly (string | null)[]): Reading<T> {
    const { id, tags, tagsAt } = placed;
    if (this.isPending(id, tags)) return unreadable();
    const raw = values[placed.at];
    const generation = values[placed.generationAt];
    const versionOf = (i: number) => values[tagsAt[i] as number];
    const none = (seen: string): Reading<T> => ({
      state: 'none',
      value: undefined,
      entry: undefined,
      seen,
      storable: true,
      versions: new Map([
        ...known(this.generationTag, generation),
        ...tags.flatMap((tag, i) => known(tag, versionOf(i))),
      ]),
    });
    if (raw == null) return none('');
    const decoded = decode(raw);
    if (decoded === 'newer') return unreadable();
    if (decoded === 'garbage') return this.garbage(id, raw, none);
    if ('is' in decoded) return none(decoded.head);

    if (decoded.generation !== generation) return none(decoded.head);
    for (let i = 0; i < tags.length; i++) {
      const version = versionOf(i);
      if (version == null || decoded.tags?.[tags[i] as string] !== version) return none(decoded.head);
    }
    const age = this.engine.clock.now() - decoded.expiresAt;
    if (age >= this.oldestServed(decoded)) return none(decoded.head);
    let value: T | null;
    try {
      value = this.codec.read(decoded.body);
    } catch (error) {
      if (!(error instanceof InvalidValue)) return this.garbage(id, raw, none);
      this.stats.invalid += 1;
      return none(decoded.head);
    }
    const state = age < 0 ? 'fresh' : 'stale';
    const bytes = this.near === undefined ? -1 : protect(value);
    const keep = this.near !== undefined && state === 'fresh' && !hasAddedTags(decoded, tags);
    if (keep) this.keepNear(placed, [], decoded, value, bytes, -age);
    return {
      state,
      value,
      entry: decoded,
      seen: decoded.head,
      storable: true,
      versions: state === 'fresh' ? NO_VERSIONS : none('').versions,
    };
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
    if (
      entry &&
      this.near &&
      reading.state === 'fresh' &&
      !places.some((at) => batch.isDirty(batch.keys[at] as string))
    ) {
      const freshForMs = entry.expiresAt - this.engine.clock.now();
      this.keepNear(placed, added, entry, reading.value as T | null, protect(reading.value), freshForMs);
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
  ): void {
    const { near, options, engine } = this;
    if (!near || !options.near) return;
    const now = Date.now();
    if (!engine.feed.trusted(now)) return;
    const tagKeys = [this.generationKey, ...[...tags, ...added].map((tag) => engine.tagKey(tag))];
    if (batch.isDirty(this.keys.full(id)) || tagKeys.some((key) => batch.isDirty(key))) return;
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

  private garbage(id: string, raw: string, none: (seen: string) => Reading<T>): Reading<T> {
    this.engine.store.discard(this.keys.key(id), raw);
    return none('');
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

function known(tag: string, version: string | null | undefined): [string, string][] {
  return version == null ? [] : [[tag, version]];
}
