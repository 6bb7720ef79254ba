import type { LocalCount } from './local-count';
import { RecentMap } from './recent-map';

/** An exact log: of each tracker, the times of the requests in the window, the oldest first. */
export class LocalLog implements LocalCount {
  private readonly logs: RecentMap<number[]>;

  constructor(
    private readonly quota: number,
    private readonly window: number,
    maxTrackers: number,
  ) {
    this.logs = new RecentMap(maxTrackers);
  }

  wait(tracker: string, cost: number, now: number): number {
    const log = this.recent(tracker, now);
    const gone = log.length + this.price(cost) - this.quota;
    return gone <= 0 ? 0 : (log[gone - 1] as number) + this.window - now;
  }

  take(tracker: string, cost: number, now: number): void {
    const times = new Array<number>(this.price(cost)).fill(now);
    this.logs.set(tracker, [...this.recent(tracker, now), ...times]);
  }

  giveBack(tracker: string, cost: number, takenAt: number, now: number): void {
    const log = this.recent(tracker, now);
    for (let left = this.price(cost); left > 0; left -= 1) {
      const at = log.lastIndexOf(takenAt);
      if (at < 0) break;
      log.splice(at, 1);
    }
    if (log.length === 0) this.logs.delete(tracker);
    else this.logs.set(tracker, log);
  }

  left(tracker: string, now: number): { remaining: number; moreIn: number } {
    const log = this.recent(tracker, now);
    return { remaining: this.quota - log.length, moreIn: (log[0] ?? now - this.window) + this.window - now };
  }

  private recent(tracker: string, now: number): number[] {
    return (this.logs.get(tracker) ?? []).filter((time) => time > now - this.window);
  }

  private price(cost: number): number {
    return Math.min(cost, this.quota);
  }
}
