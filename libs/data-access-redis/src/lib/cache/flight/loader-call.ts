import { CacheLoadTimeoutError, RedisUsageError } from '../../connection/redis.errors';
import { checkTag } from '../tag/tags';

/** What a loader is told, and can say, beside the value it returns. */
export interface CacheLoad<T> {
  readonly id: string;
  /** Aborted at the hard timeout. */
  readonly signal: AbortSignal;
  /**
   * The value that is stored, if it has not been invalidated: an old one, or one about to grow old. `undefined` when
   * there is none. Return it when it is still right, after a conditional request, say.
   */
  readonly previous: T | null | undefined;
  /** How long this value is fresh, in ms, in place of the cache's `ttl`; 0: it is not stored. */
  readonly setTtl: (ms: number) => void;
  /** Further tags of this value. They cost a second read each time, so declare what is known from the id. */
  readonly addTags: (...tags: readonly string[]) => void;
}

/** Brings the value, or `null` for "does not exist". */
export type CacheLoader<T> = (load: CacheLoad<T>) => Promise<T | null>;

/** One call of a loader, and what it said on the way. */
export class LoaderCall<T> implements CacheLoad<T> {
  readonly addedTags = new Set<string>();
  chosenTtl: number | undefined;
  private readonly abort = new AbortController();

  constructor(
    private readonly cache: string,
    readonly id: string,
    readonly previous: T | null | undefined,
  ) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  // Bound, since loaders take them out of the object they are given.
  readonly setTtl = (ms: number): void => {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new RedisUsageError('setTtl takes a whole number of milliseconds, or 0.');
    }
    this.chosenTtl = ms;
  };

  readonly addTags = (...tags: readonly string[]): void => {
    for (const tag of tags) {
      checkTag(tag);
      this.addedTags.add(tag);
    }
  };

  /** @throws CacheLoadTimeoutError after so many ms, whether the loader heeds its signal or not */
  async run(loader: CacheLoader<T>, hardTimeoutMs: number): Promise<T | null> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new CacheLoadTimeoutError(this.cache, hardTimeoutMs);
        reject(error);
        this.abort.abort(error);
      }, hardTimeoutMs);
      timer.unref(); // a process that is done need not wait for a loader that is not
    });
    try {
      return await Promise.race([loader(this), tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }
}
