import { RedisUsageError } from '../../connection/redis.errors';
import { outsideRedisScope } from '../../connection/request-scope';
import type { CacheEngine } from '../cache-engine';
import type { CacheStats, LoadReason, ReadOutcome } from '../cache-stats';
import type { EntryKeys } from '../entry/entry-keys';
import type { EntryReader, Reading } from '../entry/entry-reader';
import { InvalidValue } from '../entry/value-codec';
import type { ValueCodec } from '../entry/value-codec';
import { protect } from '../near/protect';
import { lifetime, retention } from '../freshness';
import type { ResolvedCacheOptions } from '../redis-cache-options';
import { tagKey } from '../tag/tags';
import type { Grant } from './fleet-flights';
import { LoaderCall } from './loader-call';
import type { CacheLoader } from './loader-call';
import { overtakenByTag } from './overtaken';
import { SingleFlight } from './single-flight';
import type { Flight } from './single-flight';

/** What a flight brings to all who wait for it. */
export interface Loaded<T> {
  outcome: ReadOutcome;
  text: string | null;
  /** The same for everybody, frozen; undefined where each caller reads `text` for himself. */
  shared: T | null | undefined;
}

type Mine = Extract<Grant, { is: 'yours' }>;

/** Versions under which a load will be stored: of the cache itself, and of its tags. */
type Under = [generation: string, tags: Record<string, string>];

/** How often the entry may change between reading it and asking for its flight, until we load for ourselves. */
const MOST_CHANGES = 3;

/** Loads entries of one cache: once at a time in the fleet, in bounded time, stored only if nothing came between. */
export class EntryLoader<T> {
  readonly flights = new SingleFlight<Loaded<T>>();

  constructor(
    private readonly engine: CacheEngine,
    private readonly keys: EntryKeys,
    private readonly options: ResolvedCacheOptions<T>,
    private readonly codec: ValueCodec<T>,
    private readonly reader: EntryReader<T>,
    private readonly stats: CacheStats,
  ) {}

  /**
   * The flight of this id in this process; starts one over `reading` when there is none.
   * @param decided called when it is known that the loader is not called now
   */
  flight(
    id: string,
    loader: CacheLoader<T>,
    reading: Reading<T>,
    decided: () => void = () => undefined,
  ): Flight<Loaded<T>> {
    const running = this.flights.running(id);
    if (running) {
      this.stats.coalesced += 1;
      decided();
      return running;
    }
    return this.flights.start(id, this.options.tags(id), (flight) =>
      this.obtain(id, loader, flight, reading, decided).finally(decided),
    );
  }

  /**
   * Loads in the background what is still served.
   * @param decided like that of {@link flight}
   */
  refresh(
    id: string,
    loader: CacheLoader<T>,
    reason: 'stale' | 'early',
    decided: () => void = () => undefined,
  ): void {
    if (this.flights.running(id)) return decided();
    this.flights.start(id, this.options.tags(id), (flight) =>
      outsideRedisScope(async () => {
        const reading = await this.reader.read(id);
        const done = reading.state === 'fresh' && reason === 'stale';
        const grant = reading.storable && !done ? await this.ask(id, reading, false) : undefined;
        if (grant?.is === 'yours') return this.load(id, loader, flight, reading, reason, grant);
        return reading.state === 'none'
          ? this.load(id, loader, flight, reading, reason, undefined)
          : this.handed(reading, done ? 'hit' : 'stale');
      }).finally(decided),
    );
  }

  /** A value for one caller. */
  handOut({ text, shared }: Loaded<T>): T | null {
    return shared === undefined ? this.codec.read(text) : shared;
  }

  /** What was read, for all who wait. */
  handed(reading: Reading<T>, outcome: ReadOutcome): Loaded<T> {
    const text = reading.entry ? reading.entry.body : this.codec.write(reading.value ?? null);
    const shareable = this.options.near && protect(reading.value) >= 0;
    return { outcome, text, shared: shareable ? reading.value : undefined };
  }

  private async obtain(
    id: string,
    loader: CacheLoader<T>,
    flight: Flight<Loaded<T>>,
    first: Reading<T>,
    decided: () => void,
  ): Promise<Loaded<T>> {
    const waitUntil = performance.now() + this.options.hardTimeout;
    let reading = first;
    for (let changes = 0; reading.storable && changes < MOST_CHANGES;) {
      const waiter = this.engine.fleet.waiter(this.keys.key(id));
      try {
        const grant = await this.ask(id, reading, true);
        if (grant === undefined) break;
        if (grant.is === 'yours') {
          return await this.load(id, loader, flight, reading, reasonOf(reading), grant);
        }
        let failed = grant.is === 'failed';
        if (grant.is === 'changed') changes += 1;
        else if (grant.is === 'taken') {
          decided();
          const patience = Math.min(waitUntil - performance.now(), grant.forMs);
          if (patience <= 0) break;
          failed = (await waiter.within(patience)) === 'failed';
        }
        if (failed) {
          if (this.mayStandIn(reading)) return this.handed(reading, 'stale');
          break;
        }
      } finally {
        waiter.close();
      }
      reading = await this.reader.read(id);
      if (reading.state === 'fresh') {
        this.stats.coalesced += 1;
        return this.handed(reading, 'hit');
      }
    }
    return this.load(id, loader, flight, reading, reasonOf(reading), undefined);
  }

  /** Undefined when Redis does not say. */
  private ask(id: string, reading: Reading<T>, wait: boolean): Promise<Grant | undefined> {
    const newestVersion = Math.max(0, ...[...reading.versions.values()].map(Number));
    return this.engine.fleet
      .begin(this.keys.key(id), reading.seen, newestVersion, wait)
      .catch(() => undefined);
  }

  private async load(
    id: string,
    loader: CacheLoader<T>,
    flight: Flight<Loaded<T>>,
    reading: Reading<T>,
    reason: LoadReason,
    mine: Mine | undefined,
  ): Promise<Loaded<T>> {
    if (mine?.foreign) this.engine.store.note(this.keys.key(id), 'a value of another type');
    // Read before the load begins, or an invalidation while it runs would go unnoticed.
    const under =
      mine && (await this.reader.versionsNow(this.options.tags(id), reading.versions).catch(() => undefined));
    const call = new LoaderCall<T>(this.stats.cache, id, reading.value);
    flight.addedTags = call.addedTags;
    if (mine) {
      mine.flight.onRenewal = (kept) => void this.renewed(kept, id, flight, mine, under);
    }
    const startedAt = performance.now();
    const loadMs = () => Math.round(performance.now() - startedAt);
    let loaded: Loaded<T>;
    try {
      loaded = await this.stats.traceLoad(reason, async () =>
        this.fromLoader(await call.run(loader, this.options.hardTimeout)),
      );
    } catch (error) {
      this.stats.loadDone(false, loadMs());
      const standIn = this.mayStandIn(reading);
      void mine?.flight.fail(standIn ? this.options.failSafe.throttle : 0);
      if (standIn) return this.handed(reading, 'stale');
      throw error;
    }
    this.stats.loadDone(true, loadMs());
    const stored =
      mine !== undefined &&
      under !== undefined &&
      !flight.stale &&
      (await this.store(loaded.text, call, under, mine, loadMs()));
    if (!stored) void mine?.flight.fail(0);
    return loaded;
  }

  /** A load that was overtaken elsewhere is given up: who waits for it gets what it brings, nobody else joins it. */
  private async renewed(
    kept: boolean,
    id: string,
    flight: Flight<Loaded<T>>,
    { flight: right, since }: Mine,
    [generation, versions]: Under = ['', {}],
  ): Promise<void> {
    const { generationTag } = this.reader;
    const tags = [generationTag, ...flight.tags, ...(flight.addedTags ?? [])];
    const known = { ...versions, [generationTag]: generation };
    if (kept && !(await overtakenByTag(this.engine, tags, { since, versions: known }))) return;
    if (this.flights.running(id) !== flight) return;
    this.flights.forget(id);
    await right.fail(0);
  }

  private fromLoader(value: T | null): Loaded<T> {
    const text = this.codec.write(value);
    if (!this.options.near && !this.options.schema) return { outcome: 'miss', text, shared: undefined };
    let again: T | null;
    try {
      again = this.codec.read(text);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      throw new RedisUsageError(
        `A loader of cache "${this.stats.cache}" brought a value that the cache's own schema refuses.`,
      );
    }
    const shareable = this.options.near && protect(again) >= 0;
    return { outcome: 'miss', text, shared: shareable ? again : undefined };
  }

  /** @returns false when it was not to be stored, or could not be */
  private async store(
    text: string | null,
    { chosenTtl, addedTags }: LoaderCall<T>,
    [generation, tags]: Under,
    { flight, since }: Mine,
    loadMs: number,
  ): Promise<boolean> {
    const ttl = lifetime(
      chosenTtl ?? (text === null ? this.options.negativeTtl : this.options.ttl),
      this.options,
    );
    if (ttl === 0) return false;
    if (text !== null && text.length > this.options.maxValueSize) {
      this.stats.oversized += 1;
      return false;
    }
    try {
      for (const tag of addedTags) {
        if (tag in tags) continue;
        const { version, existed } = await this.engine.tags.version(tag);
        const raisedSince = existed && Number(version) > since;
        if (raisedSince || this.engine.pending.has(tagKey(tag))) return this.discarded();
        tags[tag] = version;
      }
      const expiresAt = this.engine.clock.now() + ttl;
      const entry = { body: text, expiresAt, loadMs, generation, tags };
      const stored = await flight.fill(entry, retention(ttl, text === null, this.options));
      this.engine.tags.touch([this.reader.generationTag, ...Object.keys(tags)]);
      return stored || this.discarded();
    } catch {
      return false; // an unanswered fill is no loss: the right to it ends with its lease
    }
  }

  private discarded(): false {
    this.stats.discarded += 1;
    return false;
  }

  private mayStandIn({ state, entry }: Reading<T>): boolean {
    if (state === 'fresh') return true;
    return (
      state === 'stale' &&
      entry !== undefined &&
      this.engine.clock.now() - entry.expiresAt < this.options.failSafe.maxAge
    );
  }
}

function reasonOf({ state }: { state: 'fresh' | 'stale' | 'none' }): LoadReason {
  return state === 'none' ? 'miss' : 'stale';
}
