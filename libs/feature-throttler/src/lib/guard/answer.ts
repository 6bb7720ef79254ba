import { problem, type ProblemError } from '@sluice/util-http';
import type { Denied, Exceeded, LimitLeft } from '../limiter/decision';
import type { RatePolicy } from '../policy/rate-policy';

const PROBLEM_TYPES = 'https://iana.org/assignments/http-problem-types';
const UNAVAILABLE_RETRY_SECONDS = 2;

/** The value of `RateLimit` after a request that was let through. */
export function leftHeader(limits: readonly LimitLeft[]): string {
  let header = '';
  for (const { policy, remaining, moreInMs } of limits) {
    header += `${header && ', '}"${policy.name}";r=${remaining};t=${seconds(moreInMs)}`;
  }
  return header;
}

/** The value of `RateLimit` of a request that was denied: `t` is when it would be let through. */
export function exceededHeader(exceeded: readonly Exceeded[], now: number): string {
  return leftHeader(
    exceeded.map(({ policy, remaining, until }) => ({ policy, remaining, moreInMs: until - now })),
  );
}

/** 429: what was exceeded, and when to come back; never earlier than a `t` of the header says. */
export function tooMany({ exceeded }: Denied, now: number): ProblemError {
  const retryAfter = Math.max(...exceeded.map(({ until }) => seconds(until - now)));
  const policies = exceeded.map(({ policy }) => policy);
  return problem(429, {
    type: `${PROBLEM_TYPES}#quota-exceeded`,
    detail: `Too many requests: ${policies.map(inWords).join(' and ')}. Try again in ${secondsInWords(retryAfter)}.`,
    violatedPolicies: policies.map(({ name }) => name),
    headers: { 'Retry-After': String(retryAfter) },
  });
}

/** 503: limits that must not open up cannot be looked up. */
export function cannotCount(): ProblemError {
  return problem(503, {
    type: `${PROBLEM_TYPES}#temporary-reduced-capacity`,
    detail:
      'The service cannot count requests just now, and does not answer this one without. Try again in a moment.',
    headers: { 'Retry-After': String(UNAVAILABLE_RETRY_SECONDS) },
  });
}

function inWords({ quota, windowUs }: RatePolicy): string {
  const window = windowUs / 1_000_000;
  return `${quota} are allowed in ${secondsInWords(window)}`;
}

function secondsInWords(count: number): string {
  return count === 1 ? '1 second' : `${count} seconds`;
}

/** Whole and at least 1: who comes back in 0 seconds is denied again. */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
