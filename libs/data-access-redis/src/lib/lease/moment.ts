/** The clocks, at one moment. That a machine slept shows only on the wall clock. */
export interface Moment {
  /** `performance.now()`: never set, but may stand still while the machine sleeps. */
  readonly steady: number;
  /** `Date.now()`. */
  readonly wall: number;
}

export function moment(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

/** Milliseconds that have passed, by the clock that says more. */
export function since({ steady, wall }: Moment): number {
  return Math.max(performance.now() - steady, Date.now() - wall);
}
