import { Counter, Gauge } from 'prom-client';
import { shared } from '../observability/shared-metric';
import type { PendingInvalidations } from './pending-invalidations';

type Line = Pick<PendingInvalidations, 'size' | 'droppedInAll'>;

/** The lines of this process, of all modules. */
const all = new Set<Line>();

const sum = (figure: (line: Line) => number) => [...all].reduce((total, line) => total + figure(line), 0);

/** What becomes of invalidations that Redis has not confirmed. */
export class PendingMetrics {
  constructor(private readonly line: Line) {
    all.add(line);
    shared(
      'redis_cache_invalidations_pending',
      (name) =>
        new Gauge({
          name,
          help: 'Invalidations that Redis has not confirmed yet: other processes may serve what is out of date',
          collect() {
            this.set(sum(({ size }) => size));
          },
        }),
    );
    shared(
      'redis_cache_invalidations_dropped_total',
      (name) =>
        new Counter({
          name,
          help: 'Invalidations that were given up because too many waited: their entries live on until they expire',
          collect() {
            this.reset();
            this.inc(sum(({ droppedInAll }) => droppedInAll));
          },
        }),
    );
  }

  close(): void {
    all.delete(this.line);
  }
}
