import type { ThrottlerStorage } from '@nestjs/throttler';

/** What `@nestjs/throttler` wants to know; its own name for it is not exported. Times in whole seconds. */
export type StorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** How a request came out. */
export interface Hit {
  /** How far ahead of time the flow runs, in µs. */
  readonly ahead: number;
  /** How long the client is denied, in ms; 0: it is not. */
  readonly deniedMs: number;
}

/** The caller's numbers, made whole. */
export interface HitRules {
  readonly limit: number;
  readonly ttlMs: number;
  readonly blockMs: number;
  readonly intervalUs: number;
  readonly toleranceUs: number;
}

const LARGEST = 1_000_000_000;
const LONGEST_MS = 365 * 24 * 60 * 60_000;

/** What is no number counts as 0: such a limit lets nobody through. */
export function hitRules(ttl: number, limit: number, blockDuration: number): HitRules {
  const wholeLimit = Math.min(Math.floor(limit > 0 ? limit : 0), LARGEST);
  const ttlMs = Math.max(1, wholeMs(ttl));
  const intervalUs = Math.ceil((ttlMs * 1_000) / Math.max(1, wholeLimit));
  return {
    limit: wholeLimit,
    ttlMs,
    blockMs: wholeMs(blockDuration),
    intervalUs,
    toleranceUs: intervalUs * wholeLimit,
  };
}

export function recordOf({ limit, intervalUs }: HitRules, { ahead, deniedMs }: Hit): StorageRecord {
  const isBlocked = deniedMs > 0;
  return {
    totalHits: isBlocked ? limit + 1 : Math.ceil(ahead / intervalUs),
    timeToExpire: Math.ceil(ahead / 1_000_000),
    isBlocked,
    timeToBlockExpire: Math.ceil(deniedMs / 1_000),
  };
}

function wholeMs(ms: number): number {
  return Math.min(Math.ceil(ms > 0 ? ms : 0), LONGEST_MS);
}
