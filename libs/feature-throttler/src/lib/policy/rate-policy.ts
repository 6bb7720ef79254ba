import type { OnRedisLoss } from '@sluice/util-http';
import { checkPolicy } from './check-policy';
import type { RatePolicyOptions, TrackedBy } from './rate-policy.options';

/** A limit with everything about it worked out. Times are whole µs, so that nothing is lost by rounding. */
export class RatePolicy {
  readonly name: string;
  readonly quota: number;
  readonly by: TrackedBy;
  readonly exact: boolean;
  readonly everywhere: boolean;
  readonly onRedisLoss: OnRedisLoss;
  readonly neverOpens: boolean;
  readonly burst: number;
  readonly windowUs: number;
  /** What one request costs of an even flow: the time in which one more is due. Rounded up: never too fast. */
  readonly intervalUs: number;
  /** How far ahead of time an even flow may run: a whole burst. */
  readonly toleranceUs: number;
  /** As in the header `RateLimit-Policy`. */
  readonly header: string;

  /** @throws Error that says what is wrong with the options */
  constructor(options: RatePolicyOptions) {
    checkPolicy(options);
    const { name, quota, window, by, burst = quota } = options;
    this.name = name;
    this.quota = quota;
    this.by = by;
    this.burst = burst;
    this.exact = options.exact ?? false;
    this.everywhere = options.everywhere ?? false;
    this.onRedisLoss = options.onRedisLoss ?? 'local';
    this.neverOpens = options.neverOpens ?? false;
    this.windowUs = window * 1_000;
    this.intervalUs = intervalOf(this.windowUs, quota);
    this.toleranceUs = this.intervalUs * burst;
    // The draft knows whole seconds only.
    this.header = `"${name}";q=${quota}${window % 1_000 === 0 ? `;w=${window / 1_000}` : ''}`;
  }
}

/** Whole ms are the cheapest to count in; from a second on, rounding up to them costs less than a thousandth. */
function intervalOf(windowUs: number, quota: number): number {
  const interval = windowUs / Math.max(1, quota);
  return interval >= 1_000_000 ? Math.ceil(interval / 1_000) * 1_000 : Math.ceil(interval);
}
