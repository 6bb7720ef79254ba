import type { LocalCount } from './local-count';
import { RecentMap } from './recent-map';

/** An even flow (GCRA): of each tracker, the time up to which it is served. */
export class LocalFlow implements LocalCount {
  private readonly servedUntil: RecentMap<number>;

  constructor(
    private readonly burst: number,
    private readonly interval: number,
    maxTrackers: number,
  ) {
    this.servedUntil = new RecentMap(maxTrackers);
  }

  wait(tracker: string, cost: number, now: number): number {
    const tolerance = this.burst * this.interval;
    return Math.max(0, this.ahead(tracker, now) + this.price(cost) - tolerance);
  }

  take(tracker: string, cost: number, now: number): void {
    this.servedUntil.set(tracker, now + this.ahead(tracker, now) + this.price(cost));
  }

  giveBack(tracker: string, cost: number, _takenAt: number, now: number): void {
    const ahead = this.ahead(tracker, now) - this.price(cost);
    if (ahead <= 0) this.servedUntil.delete(tracker);
    else this.servedUntil.set(tracker, now + ahead);
  }

  left(tracker: string, now: number): { remaining: number; moreIn: number } {
    const ahead = this.ahead(tracker, now);
    const remaining = Math.max(0, Math.floor(this.burst - ahead / this.interval));
    return { remaining, moreIn: ahead - (this.burst - remaining - 1) * this.interval };
  }

  private ahead(tracker: string, now: number): number {
    return Math.max(0, (this.servedUntil.get(tracker) ?? now) - now);
  }

  private price(cost: number): number {
    return Math.min(cost, this.burst) * this.interval;
  }
}
