import { RatePolicy } from './policy/rate-policy';
import type { RatePolicyOptions } from './policy/rate-policy.options';

export interface ThrottlerModuleOptions {
  /** All limits there are: those that hold everywhere, and those that routes ask for by `@RateLimit()`. */
  policies: readonly RatePolicyOptions[];
  /**
   * How many processes share the limits. While Redis cannot be asked, each of them counts alone and allows its part.
   * A whole number from 1 to 10,000; default 1.
   */
  instances?: number;
  /** How long a decision waits for Redis, in whole ms. From 1 to 10,000; default 50. */
  deadlineMs?: number;
  /**
   * How many clients each limit remembers in the process: those denied, and those counted here while Redis cannot be
   * asked. Beyond it the one seen longest ago is forgotten. From 1 to 1,000,000; default 10,000.
   */
  maxTrackers?: number;
}

/** Injection token of `ThrottlerConfig`. */
export const THROTTLER_CONFIG = Symbol('THROTTLER_CONFIG');

/** The options, checked and complete. */
export interface ThrottlerConfig {
  readonly policies: readonly RatePolicy[];
  readonly instances: number;
  readonly deadlineMs: number;
  readonly maxTrackers: number;
}

/** @throws Error that says which option is wrong */
export function resolveThrottlerOptions(options: ThrottlerModuleOptions): ThrottlerConfig {
  const policies = options.policies.map((policy) => new RatePolicy(policy));
  const names = policies.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`There are two rate limits named "${twice}".`);
  return {
    policies,
    instances: whole('instances', options.instances ?? 1, 10_000),
    deadlineMs: whole('deadlineMs', options.deadlineMs ?? 50, 10_000),
    maxTrackers: whole('maxTrackers', options.maxTrackers ?? 10_000, 1_000_000),
  };
}

function whole(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${name} of the throttler must be a whole number from 1 to ${most}.`);
}
