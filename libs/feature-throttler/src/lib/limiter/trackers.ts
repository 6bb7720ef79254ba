import type { TrackedBy } from '../policy/rate-policy.options';

/** Whom a request is counted for. */
export interface Trackers {
  /** Undefined: limits of this kind do not hold for the request. Must answer the same each time. */
  of(by: TrackedBy): string | undefined;
}
