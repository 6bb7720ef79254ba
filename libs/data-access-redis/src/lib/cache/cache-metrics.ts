import { Counter, Gauge, Histogram } from 'prom-client';
import { shared } from '../observability/shared-metric';
import { CacheStats } from './cache-stats';

/** The caches of this process, of all modules. */
const all = new Set<CacheStats>();

type Figure = (stats: CacheStats) => Record<string, number>;

/**
 * Figures of all caches, read when somebody scrapes. Labels are the name of the cache and one word; no key, no value.
 */
export class CacheMetrics {
  private readonly mine = new Set<CacheStats>();
  private readonly loadSeconds = shared(
    'redis_cache_load_duration_seconds',
    (name) =>
      new Histogram({
        name,
        help: 'Time that loaders of caches took, failures included',
        labelNames: ['cache'],
        buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      }),
  );

  constructor() {
    counter('reads_total', 'Reads by where they were answered from', 'outcome', (s) => ({
      near: s.near,
      hit: s.hit,
      stale: s.stale,
      miss: s.miss,
    }));
    counter('loads_total', 'Calls of loaders', 'outcome', (s) => ({ ok: s.loaded, error: s.loadFailed }));
    counter('coalesced_total', 'Callers served by a load that somebody else had begun', '', (s) => ({
      '': s.coalesced,
    }));
    counter('refused_total', 'Values that were not stored, or not served', 'reason', (s) => ({
      invalidated: s.discarded,
      schema: s.invalid,
      size: s.oversized,
    }));
    counter('near_evictions_total', 'Entries that left a near cache for others', '', (s) => ({
      '': s.evictions,
    }));
    counter(
      'near_invalidations_total',
      'Changes of entries that near caches were told of, each once',
      '',
      (s) => ({
        '': s.invalidations,
      }),
    );
    shared(
      'redis_cache_near_bytes',
      (name) =>
        new Gauge({
          name,
          help: 'Memory that values kept in the process take, estimated',
          labelNames: ['cache'],
          collect() {
            this.reset();
            for (const stats of all) this.inc({ cache: stats.cache }, stats.nearBytes());
          },
        }),
    );
  }

  /** Counts for a new cache. */
  begin(cache: string): CacheStats {
    const stats = new CacheStats(cache, (name, ms) => this.loadSeconds.observe({ cache: name }, ms / 1_000));
    all.add(stats);
    this.mine.add(stats);
    return stats;
  }

  close(): void {
    for (const stats of this.mine) all.delete(stats);
  }
}

/** A counter whose numbers are kept by the caches themselves. */
function counter(suffix: string, help: string, label: string, figure: Figure): void {
  shared(
    `redis_cache_${suffix}`,
    (name) =>
      new Counter({
        name,
        help,
        labelNames: ['cache', ...(label ? [label] : [])],
        collect() {
          this.reset();
          for (const stats of all) {
            for (const [word, count] of Object.entries(figure(stats))) {
              this.inc({ cache: stats.cache, ...(label && { [label]: word }) }, count);
            }
          }
        },
      }),
  );
}
