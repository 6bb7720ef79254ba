import { RedisUsageError } from '../../connection/redis.errors';
import type { CacheLoad, CacheLoader } from './loader-call';

/** What a loader of many is told, and can say of each value beside returning it. */
export interface BulkCacheLoad {
  /** Aborted at the hard timeout. */
  readonly signal: AbortSignal;
  /** How long the value of this id is fresh, in ms, in place of the cache's `ttl`; 0: it is not stored. */
  readonly setTtl: (id: string, ms: number) => void;
  /** Further tags of the value of this id. They cost a second read each time. */
  readonly addTags: (id: string, ...tags: readonly string[]) => void;
}

/** Brings what it can of these ids; one that is not in the answer does not exist. */
export type BulkLoader<T> = (
  ids: readonly string[],
  load: BulkCacheLoad,
) => Promise<ReadonlyMap<string, T | null>>;

/** One id's share in a bulk load. */
export interface BulkMember<T> {
  loader: CacheLoader<T>;
  /** It is known that the loader will not be called now. May be called any number of times. */
  decided: () => void;
}

interface Asked<T> {
  load: CacheLoad<T>;
  resolve: (value: Promise<T | null>) => void;
}

/**
 * Turns one loader of many into loaders of one, for flights that begin together: it waits until each of them has
 * found out whether it loads now, then loads once for all who do.
 */
export class BulkLoad<T> {
  private asked: Asked<T>[] = [];
  private undecided: number;

  constructor(
    private readonly loadMissing: BulkLoader<T>,
    members: number,
  ) {
    this.undecided = members;
  }

  member(): BulkMember<T> {
    let told = false;
    const decided = () => {
      if (told) return;
      told = true;
      this.undecided -= 1;
      this.loadWhenAllDecided();
    };
    const loader: CacheLoader<T> = (load) =>
      new Promise((resolve) => {
        this.asked.push({ load, resolve });
        if (told) this.loadWhenAllDecided();
        else decided();
      });
    return { loader, decided };
  }

  private loadWhenAllDecided(): void {
    if (this.undecided === 0) queueMicrotask(() => this.load());
  }

  private load(): void {
    const asked = this.asked;
    this.asked = [];
    const [first] = asked;
    if (!first) return;
    const loads = new Map(asked.map(({ load }) => [load.id, load]));
    const loadOf = (id: string): CacheLoad<T> => {
      const load = loads.get(id);
      if (load) return load;
      throw new RedisUsageError(
        'A loader of many can say something of the ids it was asked for, and of no other.',
      );
    };
    const all = Promise.resolve().then(() =>
      this.loadMissing([...loads.keys()], {
        signal: first.load.signal,
        setTtl: (id, ms) => loadOf(id).setTtl(ms),
        addTags: (id, ...tags) => loadOf(id).addTags(...tags),
      }),
    );
    for (const { load, resolve } of asked) resolve(all.then((values) => values.get(load.id) ?? null));
  }
}
