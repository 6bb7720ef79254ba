/** A running load. Once `stale`, its result is still handed to those who wait for it, but not stored. */
export interface Flight<R> {
  readonly promise: Promise<R>;
  readonly tags: readonly string[];
  stale: boolean;
}

/**
 * One load per key at a time in this process; everybody else waits for it. An invalidation makes later callers
 * start a load of their own, since the running one may have read the old state (`Forget` of Go's singleflight).
 */
export class SingleFlight<R> {
  private readonly flights = new Map<string, Flight<R>>();

  run(id: string, tags: readonly string[], work: (flight: Flight<R>) => Promise<R>): Promise<R> {
    const running = this.flights.get(id);
    if (running) return running.promise;
    const flight = { tags, stale: false } as { -readonly [K in keyof Flight<R>]: Flight<R>[K] };
    this.flights.set(id, flight);
    flight.promise = work(flight).finally(() => {
      if (this.flights.get(id) === flight) this.flights.delete(id);
    });
    return flight.promise;
  }

  forget(id: string): void {
    const flight = this.flights.get(id);
    if (!flight) return;
    flight.stale = true;
    this.flights.delete(id);
  }

  forgetTags(tags: ReadonlySet<string>): void {
    for (const [id, flight] of this.flights) {
      if (flight.tags.some((tag) => tags.has(tag))) this.forget(id);
    }
  }
}
