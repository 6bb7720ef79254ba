import type { CacheLoader } from './loader-call';

/** Brings what it can of these ids; one that is not in the answer does not exist. */
export type BulkLoader<T> = (
  ids: readonly string[],
  load: { readonly signal: AbortSignal },
) => Promise<ReadonlyMap<string, T | null>>;

/** One id's share in a bulk load. */
export interface BulkMember<T> {
  loader: CacheLoader<T>;
  /** It is known that the loader will not be called now. May be called any number of times. */
  decided: () => void;
}

interface Asked<T> {
  id: string;
  signal: AbortSignal;
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
    const loader: CacheLoader<T> = ({ id, signal }) =>
      new Promise((resolve) => {
        this.asked.push({ id, signal, resolve });
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
    const ids = asked.map(({ id }) => id);
    const all = Promise.resolve().then(() => this.loadMissing(ids, { signal: first.signal }));
    for (const { id, resolve } of asked) resolve(all.then((values) => values.get(id) ?? null));
  }
}
