import { RedisUsageError } from '../../connection/redis.errors';
import type { CacheEngine } from '../cache-engine';
import type { CacheStats } from '../cache-stats';
import type { NearCache, NearEntry } from '../near/near-cache';
import { protect } from '../near/protect';
import { textOf } from '../read-batch';
import type { ReadBatch } from '../read-batch';
import type { ResolvedCacheOptions } from '../redis-cache-options';
import { tagKey } from '../tag/tags';
import type { EntryKeys } from './entry-keys';
import { decode, findFreshBody } from './envelope';
import type { Entry } from './envelope';
import { freshReading, NO_VERSIONS, NOTHING, unreadable } from './reading';
import type { Reading } from './reading';
import { InvalidValue } from './value-codec';
import type { ValueCodec } from './value-codec';

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

/** Reads entries of one cache and judges what may be served. */
export class EntryReader<T> {
  /** Every entry of the cache carries it: raising it clears the cache. */
  readonly generationTag: string;
  private readonly generationKey: string;
  /** Nothing but the value of a fresh entry is asked for. */
  private readonly plain: boolean;

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
    this.plain = near === undefined && options.earlyRefresh === 0;
  }

  /** From the process, if it is kept there and can be trusted. */
  fromNear(id: string): NearEntry<T> | undefined {
    if (this.near === undefined) return undefined;
    const now = Date.now();
    return this.engine.feed.trusted(now) ? this.near.get(id, now) : undefined;
  }

  /**
   * Places the keys of an entry in the batch of this tick; undefined while an invalidation of it has not been sent.
   * @param alone whether nobody else is likely to read the entry in this tick; twice in a batch does no harm
   * @throws RedisUsageError for a bad id
   */
  private place(id: string, alone = false): Placed | undefined {
    const key = this.keys.full(id);
    const tags = this.options.tags(id);
    if (this.isPending(id, tags)) return undefined;
    const batch = this.engine.reads.batch();
    return {
      id,
      tags,
      batch,
      at: alone ? batch.append(key) : batch.place(key),
      generationAt: batch.place(this.generationKey),
      tagsAt: tags.length === 0 ? NOWHERE : tags.map((tag) => batch.place(this.engine.tagKey(tag))),
    };
  }

  /**
   * Never rejects because of Redis: what it does not say is a miss over which nothing is stored.
   * @param whole whether the entry itself is asked for, too
   */
  async read(id: string, whole = false): Promise<Reading<T>> {
    const placed = this.place(id);
    if (!placed) return unreadable();
    try {
      const values = await this.engine.reads.answerOf(placed.batch);
      const now = this.engine.clock.now();
      const value = whole ? undefined : this.freshAtOnce(placed, values, now);
      if (value !== undefined) return freshReading(value);
      const reading = this.judge(placed, values, now);
      return reading.added === undefined ? reading : await this.checkAddedTags(placed, reading);
    } catch (error) {
      if (error instanceof RedisUsageError) throw error;
      return unreadable();
    }
  }

  /**
   * All in the batches of this tick. Never rejects because of Redis.
   * @param fresh called with each value that may be served
   * @returns what was read of the others
   */
  async readMany(
    ids: readonly string[],
    fresh: (id: string, value: T | null) => void,
  ): Promise<[id: string, reading: Reading<T>][]> {
    const others: [string, Reading<T>][] = [];
    const sort = (id: string, reading: Reading<T>) => {
      if (reading.state === 'fresh') fresh(id, reading.value as T | null);
      else others.push([id, reading]);
    };
    const checks: Promise<void>[] = [];
    let answered: ReadBatch | undefined;
    let values: readonly (Buffer | null)[] | undefined;
    let now = 0;
    const placed = ids.map((id) => this.place(id, true));
    for (let i = 0; i < placed.length; i++) {
      const one = placed[i];
      const id = ids[i] as string;
      if (one && one.batch !== answered) {
        answered = one.batch;
        values = await this.engine.reads.answerOf(answered).catch(() => undefined);
        now = this.engine.clock.now();
      }
      const value = one && values && this.freshAtOnce(one, values, now);
      if (value !== undefined) {
        fresh(id, value);
        continue;
      }
      const reading = one && values ? this.judge(one, values, now) : unreadable<T>();
      // Not waited for here: what this batch brought must be judged before anything else can happen.
      if (!one || reading.added === undefined) sort(id, reading);
      else
        checks.push(
          this.checkAddedTags(one, reading).then(sort.bind(undefined, id), () => sort(id, unreadable())),
        );
    }
    if (checks.length > 0) await Promise.all(checks);
    return others;
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

  /** What the answer means. Call it in the turn in which the answer arrived. */
  private judge(placed: Placed, values: readonly (Buffer | null)[], now: number): Reading<T> {
    const { id, tags, tagsAt } = placed;
    if (this.isPending(id, tags)) return unreadable();
    const raw = values[placed.at];
    if (raw == null) return this.miss(placed, values, '');
    const generation = values[placed.generationAt];
    const decoded = decode(raw);
    if (typeof decoded === 'string') {
      if (decoded === 'newer') return unreadable();
      this.engine.store.discard(this.keys.key(id), raw);
      return this.miss(placed, values, '');
    }
    if ('is' in decoded || decoded.generation !== textOf(generation)) {
      return this.miss(placed, values, decoded.head);
    }
    for (let i = 0; i < tags.length; i++) {
      const version = textOf(values[tagsAt[i] as number]);
      if (version === undefined || decoded.tags?.[tags[i] as string] !== version) {
        return this.miss(placed, values, decoded.head);
      }
    }
    const age = now - decoded.expiresAt;
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
    const added = decoded.tags === undefined ? undefined : addedTags(decoded.tags, tags);
    if (this.near !== undefined && state === 'fresh' && added === undefined) {
      this.keepNear(placed, [], decoded, value, bytes, -age);
    }
    const versions = state === 'fresh' ? NO_VERSIONS : this.versionsIn(placed, values);
    return {
      state,
      value,
      entry: decoded,
      seen: decoded.head,
      storable: true,
      versions,
      added,
    };
  }

  /** The value of the commonest read of all, without what only others need; undefined when it is one of these. */
  private freshAtOnce(
    { at, generationAt, tags }: Placed,
    values: readonly (Buffer | null)[],
    now: number,
  ): T | undefined {
    if (!this.plain || tags.length > 0 || this.engine.pending.size > 0) return undefined;
    const raw = values[at];
    const generation = values[generationAt];
    if (raw == null || generation == null) return undefined;
    const bodyAt = findFreshBody(raw, generation, now);
    if (bodyAt < 0) return undefined;
    try {
      return this.codec.read(raw.toString('utf8', bodyAt)) as T;
    } catch {
      return undefined; // the long way says what is wrong with it
    }
  }

  private miss(placed: Placed, values: readonly (Buffer | null)[], seen: string): Reading<T> {
    return { ...NOTHING, seen, storable: true, versions: this.versionsIn(placed, values) };
  }

  private versionsIn(
    { tags, tagsAt, generationAt }: Placed,
    values: readonly (Buffer | null)[],
  ): ReadonlyMap<string, string> {
    const versions = new Map<string, string>();
    const note = (tag: string, version: string | undefined) => {
      if (version !== undefined) versions.set(tag, version);
    };
    note(this.generationTag, textOf(values[generationAt]));
    tags.forEach((tag, i) => note(tag, textOf(values[tagsAt[i] as number])));
    return versions;
  }

  /** Tags that the loader chose are known only from the entry: their versions cost a second read. */
  private async checkAddedTags(placed: Placed, reading: Reading<T>): Promise<Reading<T>> {
    const { entry, added = [] } = reading;
    const batch = this.engine.reads.batch();
    const places = added.map((tag) => batch.place(this.engine.tagKey(tag)));
    const values = await this.engine.reads.answerOf(batch);
    const current = added.every(
      (tag, i) =>
        textOf(values[places[i] as number]) === entry?.tags?.[tag] && !this.engine.pending.has(tagKey(tag)),
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
    if (!engine.feed.trusted(Date.now())) return;
    const tagKeys = [this.generationKey, ...[...tags, ...added].map((tag) => engine.tagKey(tag))];
    // The second batch was under way when the first no longer was, so it knows what changed meanwhile.
    const changed = (key: string) => batch.isDirty(key) || second?.isDirty(key);
    if (changed(this.keys.full(id)) || tagKeys.some(changed)) return;
    const ttl = Math.min(freshForMs, options.near.ttl, engine.feed.longestTtl);
    near.set(id, {
      ...(bytes < 0
        ? { shared: undefined, text: entry.body ?? '', bytes: 2 * (entry.body?.length ?? 0) }
        : { shared: value, text: undefined, bytes }),
      // From the question on: what the answer says may have changed since.
      until: batch.sentAt + ttl,
      freshUntil: batch.sentAt + freshForMs,
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

function addedTags(tags: object, declared: readonly string[]): readonly string[] | undefined {
  const added = Object.keys(tags).filter((tag) => !declared.includes(tag));
  return added.length === 0 ? undefined : added;
}
