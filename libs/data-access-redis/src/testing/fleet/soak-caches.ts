import type { RedisCache, RedisService } from '../../index';

/** What the soak keeps in its caches. */
export interface SoakValue {
  id: number;
  version: number;
  padding: string;
}

/** Ids that are being written to at a time; before and after that they are only read. */
export const HOT_IDS = 8;
/** How long they are. */
export const HOT_MS = 400;
/** All ids; then they come round again. */
export const IDS = 64 * HOT_IDS;
export const PROCESSES = 4;

/** What was served of an id: a version, or an absence, which tells no version. */
export const ABSENT = -1;

const KINDS = 4;

/** One cache of each kind; an id lives in one of them. */
export class SoakCaches {
  private readonly kinds: readonly RedisCache<SoakValue>[];

  constructor(private readonly redis: RedisService) {
    const long = { ttl: 600_000, negativeTtl: 600_000 };
    const tags = (id: string) => [groupOf(Number(id))];
    this.kinds = [
      redis.cache<SoakValue>('near', { ...long, tags, near: {} }),
      redis.cache<SoakValue>('far', { ...long, tags }),
      // Tags that only the loader knows.
      redis.cache<SoakValue>('added', { ...long, near: {} }),
      // Values that grow old all the time, and are served old while a new one is loaded.
      redis.cache<SoakValue>('brief', {
        ...{ ttl: 60, jitter: 0.5, negativeTtl: 60, staleWhileRevalidate: 60_000, earlyRefresh: 1 },
        tags,
        near: {},
      }),
    ];
  }

  of(id: number): RedisCache<SoakValue> {
    return this.kinds[id % KINDS] as RedisCache<SoakValue>;
  }

  /** Sums over all caches of what was read how. */
  counters(): { near: number; hit: number; loaded: number; discarded: number; reconnects: number } {
    const sum = (what: 'near' | 'hit' | 'loaded' | 'discarded') =>
      this.kinds.reduce((total, cache) => total + cache['stats'][what], 0);
    const { reconnects } = this.redis.state;
    return {
      near: sum('near'),
      hit: sum('hit'),
      loaded: sum('loaded'),
      discarded: sum('discarded'),
      reconnects,
    };
  }
}

/** The tag of an id, shared with one of another cache; one kind of cache learns it from the loader only. */
export function groupOf(id: number): string {
  return `group-${Math.floor(id / 2)}`;
}

export function tagsAreAdded(id: number): boolean {
  return id % KINDS === 2;
}

/**
 * Who alone writes to this id; undefined when everybody does. Two `set`s of one id at the same time have no order
 * that anybody could know, so only ids with an owner are set.
 */
export function ownerOf(id: number): number | undefined {
  return Math.floor(id / KINDS) % 2 === 0 ? (Math.floor(id / HOT_IDS) + id) % PROCESSES : undefined;
}
