/** A running load. Once `stale`, its result is still handed to those who wait for it, but not stored. */
export interface Flight<R> {
  readonly promise: Promise<R>;
  readonly tags: readonly string[];
  /** Further ones, as far as the loader has told by now. */
  addedTags?: ReadonlySet<string>;
  stale: boolean;
  /** When it got the right to load, in µs on the server's clock; undefined without. */
  since?: number;
  /** Called when it became stale. */
  onStale?: () => void;
  /** Set when the load takes too long and there is an old value: what callers are handed at once from then on. */
  meanwhile?: R;
}

/**
 * One load per key at a time in this process; everybody else waits for it. An invalidation makes later callers
 * start a load of their own, since the running one may have read the old state (`Forget` of Go's singleflight).
 */
export class SingleFlight<R> {
  private readonly flights = new Map<string, Flight<R>>();

  running(id: string): Flight<R> | undefined {
    return this.flights.get(id);
  }

  start(id: string, tags: readonly string[], work: (flight: Flight<R>) => Promise<R>): Flight<R> {
    const flight = { tags, stale: false } as { -readonly [K in keyof Flight<R>]: Flight<R>[K] };
    this.flights.set(id, flight);
    flight.promise = work(flight).finally(() => {
      if (this.flights.get(id) === flight) this.flights.delete(id);
    });
    flight.promise.catch(() => undefined); // those who wait see it; when nobody does, it is no accident
    return flight;
  }

  forget(id: string): void {
    const flight = this.flights.get(id);
    if (!flight) return;
    flight.stale = true;
    this.flights.delete(id);
    flight.onStale?.();
  }

  forgetTags(tags: ReadonlySet<string>): void {
    for (const [id, { tags: declared, addedTags = NONE }] of this.flights) {
      if ([...declared, ...addedTags].some((tag) => tags.has(tag))) this.forget(id);
    }
  }

  forgetAll(): void {
    for (const id of this.flights.keys()) this.forget(id);
  }
}

const NONE: ReadonlySet<string> = new Set();
