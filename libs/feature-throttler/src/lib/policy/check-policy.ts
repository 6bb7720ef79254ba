import type { RatePolicyOptions } from './rate-policy.options';

const LONGEST_WINDOW_MS = 30 * 24 * 60 * 60_000;
const LARGEST_EXACT_QUOTA = 1_000;
const TRACKED_BY = ['user', 'ip', 'email'];
const ON_REDIS_LOSS = ['local', 'deny', 'allow'];

/** @throws Error with all that is wrong */
export function checkPolicy(options: RatePolicyOptions): void {
  const problems = [...problemsOf(options)];
  if (problems.length > 0)
    throw new Error(`The rate limit "${options.name}" is wrong: ${problems.join('; ')}.`);
}

function* problemsOf(options: RatePolicyOptions): Iterable<string> {
  const {
    name,
    quota,
    window,
    by,
    burst,
    exact = false,
    onRedisLoss = 'local',
    neverOpens = false,
  } = options;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    yield 'its name must be of lower-case letters, digits and dashes, at most 40, and begin with a letter';
  }
  if (!isWhole(quota, 0, 1_000_000)) yield 'quota must be a whole number from 0 to 1,000,000';
  if (!isWhole(window, 1, LONGEST_WINDOW_MS)) yield 'window must be a whole number of ms, from 1 to 30 days';
  if (!TRACKED_BY.includes(by)) yield `by must be one of ${TRACKED_BY.join(', ')}`;
  if (!ON_REDIS_LOSS.includes(onRedisLoss)) yield `onRedisLoss must be one of ${ON_REDIS_LOSS.join(', ')}`;
  if (quota > window * 1_000) yield 'more than one in a microsecond cannot be counted';
  if (burst !== undefined && exact) yield 'an exact limit has no burst';
  if (burst !== undefined && !isWhole(burst, 1, 1_000_000)) {
    yield 'burst must be a whole number from 1 to 1,000,000';
  }
  if (exact && quota > LARGEST_EXACT_QUOTA) {
    yield `an exact limit keeps the time of each request, so its quota must be at most ${LARGEST_EXACT_QUOTA}`;
  }
  if (neverOpens && onRedisLoss === 'allow') yield 'it must never open up, so onRedisLoss cannot be allow';
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
