import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '@sluice/testing-servers';
import type { CacheLoader } from '../../lib/cache/flight/loader-call';
import { tagKey } from '../../lib/cache/tag/tags';
import type { RedisService } from '../../index';
import type { Truth } from './authority';
import { monotonicNow } from './monotonic';
import type { RemoteCalls } from './remote-calls';
import { ABSENT, groupOf, HOT_IDS, HOT_MS, IDS, ownerOf, tagsAreAdded } from './soak-caches';
import type { SoakCaches, SoakValue } from './soak-caches';

export interface SoakOrders {
  seed: number;
  /** Number of this process in the fleet. */
  process: number;
  operations: number;
  /** When the first hot ids begin to be hot. */
  beganAt: number;
}

/** What was served: a version or `ABSENT`; `began` and `ended` of the call. */
export interface Read {
  id: number;
  served: number;
  began: number;
  ended: number;
}

/** A change that this process made known. */
export interface Change {
  id: number;
  version: number;
  /** From when on this process must not serve what was before. */
  ownFrom: number;
  /** When Redis had confirmed the invalidation. */
  confirmedAt?: number;
}

export interface Observed {
  reads: Read[];
  changes: Change[];
  operations: number;
  counters: ReturnType<SoakCaches['counters']>;
}

const CALLERS = 8;
const READ_AT_ONCE = 32;
const SHARE_OF_WRITES = 0.1;
const MEAN_PAUSE_MS = 14;
/** How often it is looked whether what could not be sent has been. */
const LOOK_EVERY_MS = 5;

/** One process's part of the soak: callers that read and write at random, and what they saw. */
export class SoakWorker {
  private readonly reads: Read[] = [];
  private readonly changes: Change[] = [];
  private readonly writing = new Set<number>();
  private unconfirmed: { change: Change; pendingAs: string }[] = [];
  private left: number;

  constructor(
    private readonly redis: RedisService,
    private readonly caches: SoakCaches,
    private readonly authority: RemoteCalls,
    private readonly orders: SoakOrders,
  ) {
    this.left = orders.operations;
  }

  async work(): Promise<void> {
    const look = setInterval(() => this.lookForConfirmations(), LOOK_EVERY_MS);
    const seed = this.orders.seed * 1_000 + this.orders.process * 100;
    await Promise.all(Array.from({ length: CALLERS }, (_, i) => this.caller(new Random(seed + i))));
    clearInterval(look);
  }

  async settle(): Promise<void> {
    const { feed, pending } = this.caches.of(0)['engine'];
    const settled = () =>
      this.redis.state.ready &&
      pending.size === 0 &&
      this.unconfirmed.length === 0 &&
      feed.trusted(Date.now());
    while (!settled()) {
      this.lookForConfirmations();
      await pause(LOOK_EVERY_MS);
    }
  }

  /** What is served of these ids. */
  async readAll(ids: readonly number[]): Promise<number[]> {
    const served: number[] = [];
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const some = ids.slice(at, at + READ_AT_ONCE).map(async (id) => {
        const loader = this.loader();
        return versionOf(id, await this.caches.of(id).getOrSet(String(id), loader));
      });
      served.push(...(await Promise.all(some)));
    }
    return served;
  }

  observed(): Observed {
    const { reads, changes } = this;
    return { reads, changes, operations: this.orders.operations, counters: this.caches.counters() };
  }

  private async caller(random: Random): Promise<void> {
    while (this.left > 0) {
      this.left -= 1;
      const id = random.chance(SHARE_OF_WRITES) ? this.writable(random) : undefined;
      if (id === undefined) await this.read(random);
      else await this.write(id, random);
      await pause(random.next() * 2 * MEAN_PAUSE_MS);
    }
  }

  /** The ids that are hot now. */
  private hotIds(): number[] {
    const window = Math.floor((monotonicNow() - this.orders.beganAt) / HOT_MS);
    return Array.from({ length: HOT_IDS }, (_, i) => (window * HOT_IDS + i) % IDS);
  }

  /** A hot one that this process may write to; often one of its own, for those can be set. */
  private writable(random: Random): number | undefined {
    const free = this.hotIds().filter((id) => !this.writing.has(id));
    const own = free.filter((id) => ownerOf(id) === this.orders.process);
    const shared = free.filter((id) => ownerOf(id) === undefined);
    const [first, second] = random.chance(0.6) ? [own, shared] : [shared, own];
    const choices = first.length > 0 ? first : second;
    return choices.length > 0 ? random.pick(choices) : undefined;
  }

  /** Hot ones, those that were hot a moment ago and must be right by now, and old ones. */
  private readable(random: Random): number {
    const [first = 0] = this.hotIds();
    const back = random.pick([0, 0, 0, random.below(12), random.below(12), random.below(48)]);
    return (first - back * HOT_IDS + random.below(HOT_IDS) + IDS) % IDS;
  }

  private async read(random: Random): Promise<void> {
    const id = this.readable(random);
    const cache = this.caches.of(id);
    const began = monotonicNow();
    const how = random.next();
    if (how < 0.65) return this.note(id, await cache.getOrSet(String(id), this.loader(random)), began);
    if (how < 0.8) return this.note(id, await cache.get(String(id)), began);
    const ids = [
      id,
      ...Array.from({ length: 5 }, () => this.readable(random)).filter((o) => o % 4 === id % 4),
    ];
    const names = ids.map(String);
    const values =
      how < 0.9 || tagsAreAdded(id) // a loader of many cannot add tags
        ? await cache.getMany(names)
        : await cache.getOrSetMany(names, async (missing, load) => {
            const one = this.loader(random);
            const loads = missing.map(async (name) => {
              const told = { ...load, id: name, previous: undefined, setTtl: nothing, addTags: nothing };
              return [name, await one(told)] as const;
            });
            return new Map(await Promise.all(loads));
          });
    for (const [name, value] of values) this.note(Number(name), value, began);
  }

  private note(id: number, value: SoakValue | null | undefined, began: number): void {
    if (value === undefined) return;
    this.reads.push({ id, served: versionOf(id, value), began, ended: monotonicNow() });
  }

  /** Asks for the truth first and takes its time then, so that there is something to be overtaken. */
  private loader(random?: Random): CacheLoader<SoakValue> {
    return async ({ id: name, addTags }) => {
      const id = Number(name);
      if (tagsAreAdded(id)) addTags(groupOf(id));
      const { version, absent } = await this.authority.call<Truth>('truth', id);
      if (random) await pause(random.pick([0, 0, 1, 3, 10, 40]));
      return absent ? null : valueOf(id, version, random);
    };
  }

  private async write(id: number, random: Random): Promise<void> {
    this.writing.add(id);
    const absent = random.chance(0.15);
    const { version } = await this.authority.call<Truth>('change', { id, absent });
    const cache = this.caches.of(id);
    const key = cache['keys'].key(String(id));
    const how = random.next();
    const isSet = ownerOf(id) !== undefined;
    if (isSet && how < 0.7) {
      await cache.set(String(id), absent ? null : valueOf(id, version, random));
      this.changed({ id, version, ownFrom: monotonicNow() }, key);
    } else if (how < 0.8 || (isSet && tagsAreAdded(id))) {
      // A value that was set lacks the tags that only its loader knows.
      await this.invalidate(id, version, () => cache.delete(String(id)), key);
    } else if (how < 0.998) {
      const tag = groupOf(id);
      await this.invalidate(id, version, () => this.redis.invalidateTags([tag]), tagKey(tag));
    } else {
      const generation = tagKey(cache['keys'].generationTag);
      await this.invalidate(id, version, () => cache.clear(), generation);
    }
    this.writing.delete(id);
  }

  private async invalidate(
    id: number,
    version: number,
    work: () => Promise<void>,
    pendingAs: string,
  ): Promise<void> {
    const done = work();
    const ownFrom = monotonicNow();
    await done;
    this.changed({ id, version, ownFrom }, pendingAs);
  }

  private changed(change: Change, pendingAs: string): void {
    this.changes.push(change);
    if (this.caches.of(change.id)['engine'].pending.has(pendingAs))
      this.unconfirmed.push({ change, pendingAs });
    else change.confirmedAt = monotonicNow();
  }

  private lookForConfirmations(): void {
    if (this.unconfirmed.length === 0) return;
    const { pending } = this.caches.of(0)['engine'];
    const now = monotonicNow();
    this.unconfirmed = this.unconfirmed.filter(({ change, pendingAs }) => {
      if (pending.has(pendingAs)) return true;
      change.confirmedAt = now;
      return false;
    });
  }
}

function nothing(): void {
  return undefined;
}

function valueOf(id: number, version: number, random?: Random): SoakValue {
  return { id, version, padding: 'x'.repeat(random?.below(200) ?? 0) };
}

function versionOf(id: number, value: SoakValue | null): number {
  if (value === null) return ABSENT;
  if (value.id !== id) throw new Error(`asked for ${id}, served ${value.id}`);
  return value.version;
}
