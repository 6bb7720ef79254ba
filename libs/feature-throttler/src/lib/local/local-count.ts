import type { RatePolicy } from '../policy/rate-policy';
import { LocalFlow } from './local-flow';
import { LocalLog } from './local-log';

/**
 * Counts in this process alone, while Redis cannot be asked. Times are in µs of a clock that is never set. What a
 * request costs beyond the part of one process is taken as that part, or it could never pass.
 */
export interface LocalCount {
  /** How long until the request would be let through; 0: now. */
  wait(tracker: string, cost: number, now: number): number;
  /** Counts a request that need not wait. */
  take(tracker: string, cost: number, now: number): void;
  /** Undoes `take`. */
  giveBack(tracker: string, cost: number, takenAt: number, now: number): void;
  /** What is left, and how long until there is more. */
  left(tracker: string, now: number): { remaining: number; moreIn: number };
}

/** What one of so many processes may let through of a limit: its part, and at least one. */
export function localCount(policy: RatePolicy, instances: number, maxTrackers: number): LocalCount {
  const part = (whole: number) => Math.max(1, Math.floor(whole / instances));
  const quota = part(policy.quota);
  return policy.exact
    ? new LocalLog(quota, policy.windowUs, maxTrackers)
    : new LocalFlow(part(policy.burst), Math.ceil(policy.windowUs / quota), maxTrackers);
}
