import { RecentMap } from '../local/recent-map';
import type { Denied, Exceeded } from './decision';

interface Denial {
  /** What the denied request cost; a cheaper one may still pass. */
  readonly cost: number;
  readonly until: number;
  /** Made once, so that a client who keeps asking costs no memory. */
  readonly decision: Denied;
}

/**
 * Who is denied and until when, by what the server said, so that asking again costs no round trip. Counted from the
 * moment of sending, an entry ends a little before the server would let the client through, never after.
 */
export class DenyCache {
  private readonly denials: RecentMap<Denial>;

  constructor(maxTrackers: number) {
    this.denials = new RecentMap(maxTrackers);
  }

  get size(): number {
    return this.denials.size;
  }

  /** @param now `performance.now()` */
  find(tracker: string, cost: number, now: number): Denied | undefined {
    const denial = this.denials.get(tracker);
    if (denial === undefined) return undefined;
    if (now >= denial.until) {
      this.denials.delete(tracker);
      return undefined;
    }
    return cost >= denial.cost ? denial.decision : undefined;
  }

  remember(tracker: string, cost: number, exceeded: Exceeded): void {
    const decision: Denied = { verdict: 'denied', exceeded: [exceeded] };
    this.denials.set(tracker, { cost, until: exceeded.until, decision });
  }

  /** For when something was given back. */
  forget(tracker: string): void {
    this.denials.delete(tracker);
  }
}
