import { RedisUsageError } from '../connection/redis.errors';
import type { LeaseTerms } from '../lease/lease';

/** All times are whole milliseconds. See the guide "Coordination" for how to choose. */
export interface LockOptions {
  /**
   * How long the lock outlives its holder, 100 to 86,400,000; it is renewed after a third of it for as long as it is
   * held. Default 30,000. The longer, the more it takes to lose it; the shorter, the sooner others go on after a crash.
   */
  ttl?: number;
  /** How long to stand in line, in order of arrival. Default 0: ask once. `Infinity` only together with `signal`. */
  wait?: number;
  /** Ends the waiting; the call then rejects with its reason. It does not end a lock that is held. */
  signal?: AbortSignal;
  /** How many may hold it at once: above 1 it is a counting semaphore. All callers give the same number. Default 1. */
  permits?: number;
}

export interface ResolvedLockOptions {
  readonly terms: LeaseTerms;
  readonly wait: number;
  readonly signal: AbortSignal | undefined;
  readonly permits: number;
}

const DEFAULT_TTL_MS = 30_000;
const SHORTEST_TTL_MS = 100;
const LONGEST_TTL_MS = 86_400_000;
const LONGEST_WAIT_MS = 86_400_000;
/** Each question looks at all who hold. */
const MOST_PERMITS = 1_000;

/** @throws RedisUsageError that names the option */
export function resolveLockOptions({ ttl, wait = 0, signal, permits = 1 }: LockOptions): ResolvedLockOptions {
  if (!Number.isSafeInteger(permits) || permits < 1 || permits > MOST_PERMITS) {
    throw new RedisUsageError(`\`permits\` of a lock is a whole number, 1 to ${MOST_PERMITS}.`);
  }
  const endless = wait === Infinity && signal !== undefined;
  if (!endless && !(Number.isSafeInteger(wait) && wait >= 0 && wait <= LONGEST_WAIT_MS)) {
    throw new RedisUsageError(
      `\`wait\` of a lock is 0 to ${LONGEST_WAIT_MS} ms, or Infinity together with \`signal\`.`,
    );
  }
  return { terms: termsOf(ttl), wait, signal, permits };
}

/**
 * The holder gives up a tenth before the end, 10 ms to 1 s: time for clocks that run differently, for a timer that is
 * late, and for work to stop.
 *
 * @throws RedisUsageError
 */
export function termsOf(ttl = DEFAULT_TTL_MS): LeaseTerms {
  if (!Number.isSafeInteger(ttl) || ttl < SHORTEST_TTL_MS || ttl > LONGEST_TTL_MS) {
    throw new RedisUsageError(`\`ttl\` of a lock is ${SHORTEST_TTL_MS} to ${LONGEST_TTL_MS} ms.`);
  }
  const margin = Math.min(1_000, Math.max(10, ttl / 10));
  return { ttl, renewAfter: ttl / 3, lostAfter: ttl - margin };
}
