import { channel, tracingChannel } from 'node:diagnostics_channel';
import { currentRedisScope } from '../connection/request-scope';
import type { CacheOutcome } from '../connection/request-scope';

/** How a read was answered: from this process, from Redis, with an old value, or not. */
export type ReadOutcome = 'near' | 'hit' | 'stale' | 'miss';

/** Why a loader was called: nothing there, an old value there, or a value about to grow old. */
export type LoadReason = 'miss' | 'stale' | 'early';

/** Published on the channel `sluice:cache:read`; no key and no value. */
export interface CacheReadEvent {
  readonly cache: string;
  readonly outcome: ReadOutcome;
}

/** Context of the tracing channel `sluice:cache:load` (start, asyncEnd, error); no key and no value. */
export interface CacheLoadEvent {
  readonly cache: string;
  readonly reason: LoadReason;
}

const reads = channel('sluice:cache:read');
const loads = tracingChannel<unknown, CacheLoadEvent>('sluice:cache:load');

/** What one cache has done, as plain numbers: they are counted on each hit and read once per scrape. */
export class CacheStats {
  near = 0;
  hit = 0;
  stale = 0;
  miss = 0;
  loaded = 0;
  loadFailed = 0;
  /** Callers that were served by a load somebody else had begun, in this process or elsewhere. */
  coalesced = 0;
  /** Loads whose result was not stored because the entry or a tag had been invalidated meanwhile. */
  discarded = 0;
  /** Cached values that the schema refused. */
  invalid = 0;
  /** Values that were too large to be stored. */
  oversized = 0;
  /** Entries that had to leave the near cache for others. */
  evictions = 0;
  /** Changes of entries that the server told this process of, its own among them. */
  invalidations = 0;
  nearBytes: () => number = () => 0;
  private readonly outcomes: Record<'hit' | 'miss', CacheOutcome>;

  /** @param observeLoad told how many ms a load took */
  constructor(
    readonly cache: string,
    private readonly observeLoad: (cache: string, ms: number) => void,
  ) {
    this.outcomes = { hit: { cache, outcome: 'hit' }, miss: { cache, outcome: 'miss' } };
  }

  loadDone(ok: boolean, ms: number): void {
    this[ok ? 'loaded' : 'loadFailed'] += 1;
    this.observeLoad(this.cache, ms);
  }

  read(outcome: ReadOutcome, count: number): void {
    if (count === 0) return;
    this[outcome] += count;
    const inRequest = currentRedisScope()?.cacheOutcomes;
    const told = this.outcomes[outcome === 'miss' ? 'miss' : 'hit'];
    // Each once: a request may read a thousand values, and this goes into a header.
    if (inRequest && !inRequest.includes(told)) inRequest.push(told);
    if (!reads.hasSubscribers) return;
    for (let i = 0; i < count; i++) reads.publish({ cache: this.cache, outcome } satisfies CacheReadEvent);
  }

  async traceLoad<R>(reason: LoadReason, work: () => Promise<R>): Promise<R> {
    // The channel itself would put what the work brings, or its error, before everybody who listens.
    let result: R | undefined;
    let failure: { error: unknown } | undefined;
    const traced = async () => {
      try {
        result = await work();
      } catch (error) {
        failure = { error };
        throw new Error(error instanceof Error ? error.name : 'Error');
      }
    };
    try {
      await loads.tracePromise(traced, { cache: this.cache, reason });
    } catch (error) {
      throw failure ? failure.error : error;
    }
    return result as R;
  }
}
