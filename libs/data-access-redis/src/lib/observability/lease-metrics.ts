import { Counter, Gauge } from 'prom-client';
import { shared } from './shared-metric';

const KINDS = ['lock', 'semaphore', 'leader'] as const;
const REASONS = ['expired', 'taken', 'closed'] as const;

export type LeaseKind = (typeof KINDS)[number];
/** Why a lease was over before it was given back. */
export type LossReason = (typeof REASONS)[number];

/** What becomes of locks and leaderships. Names of locks are no labels, for there may be any number of them. */
export class LeaseMetrics {
  private readonly lost = shared(
    'redis_leases_lost_total',
    (name) =>
      new Counter({
        name,
        help: 'Locks and leaderships that were over before they were given back',
        labelNames: ['kind', 'reason'],
      }),
  );
  private readonly refused = shared(
    'redis_locks_refused_total',
    (name) =>
      new Counter({
        name,
        help: 'Callers who waited for a lock in vain, or did not wait',
        labelNames: ['kind'],
      }),
  );
  private readonly leader = shared(
    'redis_leader',
    (name) => new Gauge({ name, help: '1 while this process leads', labelNames: ['election'] }),
  );

  constructor() {
    // From the start: how much a counter has grown is not known of one that comes into being by its first event.
    for (const kind of KINDS) {
      for (const reason of REASONS) this.lost.inc({ kind, reason }, 0);
      if (kind !== 'leader') this.refused.inc({ kind }, 0);
    }
  }

  leaseLost(kind: LeaseKind, reason: LossReason): void {
    this.lost.inc({ kind, reason });
  }

  lockRefused(kind: LeaseKind): void {
    this.refused.inc({ kind });
  }

  leads(election: string, leads: boolean): void {
    this.leader.set({ election }, leads ? 1 : 0);
  }

  /** The candidacy is over. */
  leftElection(election: string): void {
    this.leader.remove({ election });
  }
}
