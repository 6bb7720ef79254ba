import type { Dataset } from '../connection/redis-link';

/** Until it is over, a replica that has not copied a write yet may become the master. */
const KEEP_MS = 60_000;
const MOST_KEPT = 10_000;

type Repeat = () => Promise<unknown>;

interface Confirmed {
  readonly repeat: Repeat;
  /** The data in which it was done; undefined when nobody knows. */
  readonly by: object | undefined;
  readonly dataset: Dataset;
  readonly at: number;
}

/**
 * What Redis has confirmed within the last minute and must not be lost, the newest 10,000 of it. Replication does not
 * wait, and a restart brings back the last snapshot: what was confirmed by the one who served before may be unknown to
 * the one who serves now, and is to be done again there. See docs/decisions/0007-invalidations-outlive-a-master.md.
 */
export class RecentWrites {
  private readonly confirmed = new Map<string, Confirmed>();

  /**
   * @param dataset says what data serves it (`RedisLink.datasetOf`)
   * @param by what it said before this was sent
   */
  note(what: string, dataset: Dataset, by: object | undefined, repeat: Repeat): void {
    this.confirmed.delete(what); // the newest goes to the end of the line
    this.confirmed.set(what, { repeat, by, dataset, at: performance.now() });
    if (this.confirmed.size <= MOST_KEPT) return;
    const [oldest = what] = this.confirmed.keys();
    this.confirmed.delete(oldest);
  }

  has(what: string): boolean {
    return this.confirmed.has(what);
  }

  /** Those that whoever serves them now may not know, oldest first; they are not kept any more. */
  takeDoubtful(): [what: string, repeat: Repeat][] {
    const since = performance.now() - KEEP_MS;
    const doubtful: [string, Repeat][] = [];
    for (const [what, { repeat, by, dataset, at }] of this.confirmed) {
      if (at >= since && isSame(by, dataset)) continue;
      this.confirmed.delete(what);
      if (at >= since) doubtful.push([what, repeat]);
    }
    return doubtful;
  }
}

/** Whether the data is what it was; what nobody knew is not. */
export function isSame(before: object | undefined, dataset: Dataset): boolean {
  return before !== undefined && before === dataset();
}
