import type { RedisKey } from '../client/redis-key';
import { RedisUsageError } from '../connection/redis.errors';
import { currentRedisScope } from '../connection/request-scope';
import type { RedisMetrics } from '../observability/redis-metrics';
import { CacheStore, FENCE_MS } from './cache-store';
import type { Found } from './cache-store';
import type { Entry } from './envelope';
import type { PendingInvalidations } from './pending-invalidations';
import { resolveCacheOptions } from './redis-cache-options';
import type { RedisCacheOptions, ResolvedCacheOptions } from './redis-cache-options';
import { SingleFlight } from './single-flight';
import type { Flight } from './single-flight';
import { tagKey } from './tags';

/** What a key can be filled over: the stamp of what was seen (`''`: nothing), under these tag versions. */
interface FillTicket {
  seen: string;
  tags: Readonly<Record<string, string>>;
  takenAt: number;
}

type Loaded = { outcome: 'hit' | 'miss'; text: string | null };

/**
 * Values of one kind by id. A value is `T`, a remembered absence is `null`, a miss is `undefined`.
 *
 * Values go through JSON, on a miss too, so a caller gets the same shape whether it was loaded or cached (a
 * `Date` becomes its ISO string), and an object of its own that nobody else holds. No call fails or waits
 * beyond the cache deadline because of Redis: without it, reads are misses and writes are dropped.
 */
export class RedisCache<T> {
  private readonly options: ResolvedCacheOptions;
  private readonly flights = new SingleFlight<Loaded>();

  /** @internal Made by `RedisService.cache`. */
  constructor(
    private readonly name: string,
    options: RedisCacheOptions,
    private readonly store: CacheStore,
    private readonly pending: PendingInvalidations,
    private readonly metrics: RedisMetrics,
  ) {
    this.options = resolveCacheOptions(name, options);
  }

  /** The cached value, `null` for a remembered absence, `undefined` for a miss. */
  async get(id: string): Promise<T | null | undefined> {
    this.key(id); // refuses a missing id before anything else
    const entry = await this.read(id).then(
      ({ found }) => found,
      () => undefined,
    );
    this.count(entry ? 'hit' : 'miss');
    return entry && parse<T>(textOf(entry));
  }

  /** What is cached of these ids; ids that miss are not in the map. One round trip. */
  async getMany(ids: readonly string[]): Promise<Map<string, T | null>> {
    const wanted = [...new Set(ids)].filter((id) => !this.isPending(id));
    const tags = [...new Set(wanted.flatMap((id) => this.options.tags(id)))];
    const raw = await this.store
      .readMany([...wanted.map((id) => this.key(id)), ...tags.map(tagKey)])
      .catch((): (string | null)[] => []);
    const versions = new Map(tags.flatMap((tag, i) => versionAt(tag, raw[wanted.length + i])));
    const found = new Map<string, T | null>();
    wanted.forEach((id, i) => {
      const decoded = this.store.decoded(this.key(id), raw[i] ?? null);
      const entry = this.usable({ decoded, tags: versions }, this.options.tags(id));
      if (entry) found.set(id, parse<T>(textOf(entry)));
    });
    for (const id of new Set(ids)) this.count(found.has(id) ? 'hit' : 'miss');
    return found;
  }

  /**
   * The cached value, or what `loader` brings, which is then stored. Callers of the same id at the same time
   * share one load. A load that an invalidation overtook is handed to those who already wait and not stored.
   * Errors of the loader reach all of them and are not remembered.
   *
   * @example
   * ```ts
   * const profile = await this.cache.getOrSet(userId, () => this.users.findProfile(userId));
   * ```
   */
  async getOrSet(id: string, loader: () => Promise<T | null>): Promise<T | null> {
    this.key(id); // refuses a missing id before anything else
    const tags = this.options.tags(id);
    const { outcome, text } = await this.flights.run(id, tags, (flight) => this.load(id, loader, flight));
    this.count(outcome);
    return parse<T>(text);
  }

  /** Stores a value, or an absence, whatever is there. */
  async set(id: string, value: T | null): Promise<void> {
    const text = stringify(value);
    this.flights.forget(id);
    const key = this.key(id);
    const ttl = this.lifetime(text);
    if (ttl === 0) return this.delete(id);
    try {
      const tags = await this.store.tagVersions(this.options.tags(id));
      await this.store.overwrite(key, entryOf(text, Date.now() + ttl, tags), ttl);
    } catch {
      // The old value may still be there, and must not be served in place of the new one.
      await this.pending.send(key, () => this.store.bury(key));
    }
  }

  /**
   * Takes values out of service. In this process at once; elsewhere when Redis has it, which is before the
   * promise resolves unless Redis is away: then it is kept and sent as soon as Redis is back. Never rejects.
   */
  async delete(ids: string | readonly string[]): Promise<void> {
    const all = typeof ids === 'string' ? [ids] : ids;
    await Promise.all(
      all.map((id) => {
        this.flights.forget(id);
        const key = this.key(id);
        return this.pending.send(key, () => this.store.bury(key));
      }),
    );
  }

  /** @internal Loads that carry one of these tags are no longer joined nor stored. */
  tagsInvalidated(tags: ReadonlySet<string>): void {
    this.flights.forgetTags(tags);
  }

  private async load(id: string, loader: () => Promise<T | null>, flight: Flight<Loaded>): Promise<Loaded> {
    const { found, ticket } = await this.read(id).catch(() => ({ found: undefined, ticket: undefined }));
    if (found) return { outcome: 'hit', text: textOf(found) };
    const text = stringify(await loader());
    if (ticket && !flight.stale) await this.fill(id, text, ticket);
    return { outcome: 'miss', text };
  }

  private async fill(id: string, text: string | null, { seen, tags, takenAt }: FillTicket): Promise<void> {
    const ttl = this.lifetime(text);
    // A tombstone that stopped this fill may have expired by now, so the result can no longer be trusted.
    if (ttl === 0 || performance.now() - takenAt > FENCE_MS) return;
    const entry = entryOf(text, Date.now() + ttl, tags);
    await this.store.fill(this.key(id), seen, entry, ttl).catch(() => undefined);
  }

  /** What is served, or the ticket to fill it. Neither when it must not be stored. */
  private async read(id: string): Promise<{ found?: Entry; ticket?: FillTicket }> {
    if (this.isPending(id)) return {};
    const takenAt = performance.now();
    const tags = this.options.tags(id);
    const read = await this.store.read(this.key(id), tags);
    if (this.isPending(id)) return {};
    const found = this.usable(read, tags);
    if (found) return { found };
    if (read.decoded.is === 'newer') return {};
    const seen = read.decoded.is === 'entry' ? read.decoded.stamp : '';
    const known = tags.every((tag) => read.tags.has(tag));
    const versions = known ? Object.fromEntries(read.tags) : await this.store.tagVersions(tags);
    return { ticket: { seen, tags: versions, takenAt } };
  }

  private usable({ decoded, tags: versions }: Found, tags: readonly string[]): Entry | undefined {
    if (decoded.is !== 'entry' || decoded.entry.kind === 'tombstone') return undefined;
    const { entry } = decoded;
    if (entry.expiresAt <= Date.now()) return undefined;
    const current = tags.every((tag) => versions.has(tag) && versions.get(tag) === entry.tags[tag]);
    return current ? entry : undefined;
  }

  private isPending(id: string): boolean {
    if (this.pending.size === 0) return false;
    return (
      this.pending.has(this.key(id)) || this.options.tags(id).some((tag) => this.pending.has(tagKey(tag)))
    );
  }

  private lifetime(text: string | null): number {
    const ttl = text === null ? this.options.negativeTtl : this.options.ttl;
    return ttl === 0 ? 0 : Math.max(1, Math.round(ttl * (1 - Math.random() * this.options.jitter)));
  }

  private key(id: string): RedisKey {
    if (typeof id !== 'string' || id === '')
      throw new RedisUsageError('The id of a cached value is missing.');
    return `cache:${this.name}:${id}`;
  }

  private count(outcome: 'hit' | 'miss'): void {
    this.metrics.cacheRead(this.name, outcome);
    currentRedisScope()?.cacheOutcomes.push({ cache: this.name, outcome });
  }
}

function entryOf(text: string | null, expiresAt: number, tags: Readonly<Record<string, string>>): Entry {
  return { kind: text === null ? 'absent' : 'value', body: text ?? '', expiresAt, tags };
}

function textOf(entry: Entry): string | null {
  return entry.kind === 'value' ? entry.body : null;
}

function versionAt(tag: string, version: string | null | undefined): [string, string][] {
  return version == null ? [] : [[tag, version]];
}

function stringify(value: unknown): string | null {
  if (value === null) return null;
  const text = JSON.stringify(value) as string | undefined;
  if (text !== undefined) return text;
  throw new RedisUsageError(
    'A cached value must be representable in JSON; return null for "does not exist".',
  );
}

function parse<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
