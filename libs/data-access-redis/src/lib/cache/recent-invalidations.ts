/** Until it is over, a replica that has not copied an invalidation yet may become the master. */
const KEEP_MS = 60_000;
const MOST_KEPT = 10_000;

interface Confirmed {
  readonly invalidate: () => Promise<unknown>;
  /** The data in which it was done. */
  readonly by: object | undefined;
  readonly at: number;
}

/**
 * Invalidations that Redis has confirmed within the last minute, the newest 10,000 of them. Replication does not wait,
 * and a restart brings back the last snapshot: what was confirmed by the one who served before may be unknown to the one
 * who serves now, and is to be done again there.
 */
export class RecentInvalidations {
  private readonly confirmed = new Map<string, Confirmed>();

  /** @param servedFrom the data that serves a full key or tag now (`RedisLink.datasetOf`) */
  constructor(private readonly servedFrom: (what: string) => object | undefined) {}

  note(what: string, by: object | undefined, invalidate: () => Promise<unknown>): void {
    this.confirmed.delete(what); // the newest goes to the end of the line
    this.confirmed.set(what, { invalidate, by, at: performance.now() });
    if (this.confirmed.size <= MOST_KEPT) return;
    const [oldest = what] = this.confirmed.keys();
    this.confirmed.delete(oldest);
  }

  /** Those that whoever serves them now may not know, oldest first; they are not kept any more. */
  takeDoubtful(): [what: string, invalidate: () => Promise<unknown>][] {
    const since = performance.now() - KEEP_MS;
    const doubtful: [string, () => Promise<unknown>][] = [];
    for (const [what, { invalidate, by, at }] of this.confirmed) {
      if (at >= since && by === this.servedFrom(what)) continue;
      this.confirmed.delete(what);
      if (at >= since) doubtful.push([what, invalidate]);
    }
    return doubtful;
  }
}
