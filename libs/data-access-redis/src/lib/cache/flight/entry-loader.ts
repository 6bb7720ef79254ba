import { outsideRedisScope } from '../../connection/request-scope';
import type { CacheEngine } from '../cache-engine';
import type { CacheStats, LoadReason, ReadOutcome } from '../cache-stats';
import type { EntryKeys } from '../entry/entry-keys';
import type { EntryReader } from '../entry/entry-reader';
import type { Reading } from '../entry/reading';
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

/** The right to load, and the versions under which the load will be stored: all known before it began. */
type Mine = Extract<Grant, { is: 'yours' }> & { under: Under };
type Asked = Exclude<Grant, { is: 'yours' }> | Mine;

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
    const running = this.joinable(id, reading);
    if (running) {
      this.stats.coalesced += 1;
      decided();
      return running;
    }
    return this.flights.start(id, this.options.tags(id), (flight) =>
      this.obtain(id, loader, flight, reading, decided).finally(decided),
    );
  }

  /** The running flight, unless what this caller has read is newer than what the flight began with. */
  private joinable(id: string, reading: Reading<T>): Flight<Loaded<T>> | undefined {
    const running = this.flights.running(id);
    if (running?.since === undefined || newestOf(reading.versions) <= running.since) return running;
    this.flights.forget(id);
    return undefined;
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
        if (reading.state === 'none') return this.obtain(id, loader, flight, reading, decided);
        if (reading.state === 'fresh' && reason === 'stale') return this.handed(reading, 'hit');
        const grant = await this.ask(id, reading, false);
        if (grant?.is === 'yours') return this.load(id, loader, flight, reading, reason, grant);
        return this.handed(reading, 'stale');
      }).finally(decided),
    );
  }

  /** A value for one caller. */
  handOut({ text, shared }: Loaded<T>): T | null {
    return shared === undefined ? this.codec.read(text) : shared;
  }

  /** What was read, for all who wait. */
  handed(reading: Reading<T>, outcome: ReadOutcome): Loaded<T> {
    const text = reading.entry?.body ?? null;
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
          const wakeUp = await waiter.within(patience);
          failed = wakeUp !== 'late' && wakeUp.failed;
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
  private async ask(id: string, reading: Reading<T>, wait: boolean): Promise<Asked | undefined> {
    try {
      // First of all: an invalidation while the load runs must be seen, and a tag that gets its first version only
      // after the flight began would look like one that was raised.
      const under = await this.reader.versionsNow(this.options.tags(id), reading.versions);
      const newest = Math.max(...[under[0], ...Object.values(under[1])].map(Number));
      const standIn = this.mayStandIn(reading);
      const grant = await this.engine.fleet.begin(this.keys.key(id), reading.seen, newest, { wait, standIn });
      return grant.is === 'yours' ? { ...grant, under } : grant;
    } catch {
      return undefined;
    }
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
    const call = new LoaderCall<T>(this.stats.cache, id, reading.value);
    flight.addedTags = call.addedTags;
    if (mine) {
      flight.since = mine.since;
      flight.onStale = () => void mine.flight.giveUp('read-again');
      mine.flight.onRenewal = (kept) => void this.renewed(kept, id, flight, mine);
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
      void mine?.flight.giveUp('failed', standIn && !flight.stale ? this.options.failSafe.throttle : 0);
      if (standIn) return this.handed(reading, 'stale');
      throw error;
    }
    this.stats.loadDone(true, loadMs());
    if (mine === undefined) return loaded;
    const stored =
      !flight.stale && (await outsideRedisScope(() => this.store(loaded.text, call, mine, loadMs())));
    // Also when it became stale before it had the right, or the renewals would keep that for ever.
    if (!stored) void mine.flight.giveUp(flight.stale ? 'read-again' : 'failed');
    return loaded;
  }

  /** A load that was overtaken elsewhere is given up: who waits for it gets what it brings, nobody else joins it. */
  private async renewed(kept: boolean, id: string, flight: Flight<Loaded<T>>, mine: Mine): Promise<void> {
    const { generationTag } = this.keys;
    const [generation, versions] = mine.under;
    const tags = [generationTag, ...flight.tags, ...(flight.addedTags ?? [])];
    const under = { since: mine.since, versions: { ...versions, [generationTag]: generation } };
    if (kept && !(await overtakenByTag(this.engine, tags, under))) return;
    if (this.flights.running(id) === flight) this.flights.forget(id);
  }

  private fromLoader(value: T | null): Loaded<T> {
    const text = this.codec.write(value);
    if (!this.options.near && !this.options.schema) return { outcome: 'miss', text, shared: undefined };
    const again = this.codec.readOwn(text);
    const shareable = this.options.near && protect(again) >= 0;
    return { outcome: 'miss', text, shared: shareable ? again : undefined };
  }

  /** @returns false when it was not to be stored, or could not be */
  private async store(
    text: string | null,
    { chosenTtl, addedTags }: LoaderCall<T>,
    { flight, since, under }: Mine,
    loadMs: number,
  ): Promise<boolean> {
    const [generation, tags] = under;
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
        if (Object.hasOwn(tags, tag)) continue;
        const { version, existed } = await this.engine.tags.version(tag);
        const raisedSince = existed && Number(version) > since - this.engine.clockErrorUs;
        if (raisedSince || this.engine.pending.has(tagKey(tag))) return this.discarded();
        tags[tag] = version;
      }
      const expiresAt = this.engine.clock.now() + ttl;
      const entry = { body: text, expiresAt, loadMs, generation, tags };
      const stored = await flight.fill(entry, retention(ttl, text === null, this.options));
      this.engine.tags.touch([this.keys.generationTag, ...Object.keys(tags)]);
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

function newestOf(versions: ReadonlyMap<string, string>): number {
  let newest = 0;
  for (const version of versions.values()) newest = Math.max(newest, Number(version));
  return newest;
}

function reasonOf({ state }: { state: 'fresh' | 'stale' | 'none' }): LoadReason {
  return state === 'none' ? 'miss' : 'stale';
}
