import type { RatePolicy } from '../policy/rate-policy';

/** What a limit says after the request: for the headers of the answer. */
export interface LimitLeft {
  readonly policy: RatePolicy;
  /** How many more at once. */
  readonly remaining: number;
  /** In how many ms there will be more. */
  readonly moreInMs: number;
}

export interface Allowed {
  readonly verdict: 'allowed';
  /** Empty when the request was let through uncounted. */
  readonly limits: readonly LimitLeft[];
}

/** One limit that was exceeded. */
export interface Exceeded {
  readonly policy: RatePolicy;
  readonly remaining: number;
  /** `performance.now()` at which the request would be let through. */
  readonly until: number;
}

export interface Denied {
  readonly verdict: 'denied';
  readonly exceeded: readonly Exceeded[];
}

/** The limits could not be looked up, and one of them says that nobody passes then. */
export interface Unavailable {
  readonly verdict: 'unavailable';
  readonly policies: readonly RatePolicy[];
}

export type Decision = Allowed | Denied | Unavailable;
