import { type LocalCount, localCount } from '../local/local-count';
import type { RatePolicy } from '../policy/rate-policy';
import type { Denied } from './decision';
import { DenyCache } from './deny-cache';

/** How decisions came out; `denied_local`: by the deny cache, `fallback_…`: by this process, without Redis. */
export const OUTCOMES = [
  'allowed',
  'denied',
  'denied_local',
  'fallback_allowed',
  'fallback_denied',
  'fallback_unavailable',
  'fallback_uncounted',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** One limit, and what this process remembers of it. */
export class Limit {
  readonly denials: DenyCache;
  readonly local: LocalCount;
  readonly outcomes: Record<Outcome, number>;

  constructor(
    readonly policy: RatePolicy,
    instances: number,
    maxTrackers: number,
  ) {
    this.denials = new DenyCache(maxTrackers);
    this.local = localCount(policy, instances, maxTrackers);
    this.outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  }

  /** Whether the answer is known without asking anybody. */
  deniedAlready(tracker: string, cost: number, now: number): Denied | undefined {
    const denied = this.policy.quota === 0 ? this.closed(now) : this.denials.find(tracker, cost, now);
    if (denied) this.outcomes.denied_local += 1;
    return denied;
  }

  /** Nobody passes a quota of 0. */
  private closed(now: number): Denied {
    const { policy } = this;
    const until = now + policy.windowUs / 1_000;
    return { verdict: 'denied', exceeded: [{ policy, remaining: 0, until }] };
  }
}
