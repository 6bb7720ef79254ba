import type { OnRedisLoss } from '@sluice/util-http';
import type { Limit } from '../limiter/limit';

/** A limit as it holds for one route. */
export interface PlannedLimit {
  readonly limit: Limit;
  readonly cost: number;
  readonly onRedisLoss: OnRedisLoss;
  /** What `take.lua` is told of it. */
  readonly words: readonly [number, number, number];
  /** What `flow.lua` is told of it; undefined: it is no even flow. */
  readonly flow: readonly number[] | undefined;
}

/** All limits of one route. */
export interface RatePlan {
  readonly limits: readonly PlannedLimit[];
  /** The value of `RateLimit-Policy`. */
  readonly header: string;
}

export function planLimit(limit: Limit, cost: number, onRedisLoss: OnRedisLoss): PlannedLimit {
  const { exact, quota, windowUs, intervalUs, toleranceUs } = limit.policy;
  const planned = { limit, cost, onRedisLoss };
  if (exact) return { ...planned, words: [quota, windowUs, cost], flow: undefined };
  const price = intervalUs * cost;
  return intervalUs % 1_000 === 0
    ? { ...planned, words: [0, price, toleranceUs], flow: [price, toleranceUs] }
    : { ...planned, words: [-1, price, toleranceUs], flow: [price, toleranceUs, 1] };
}

export function ratePlan(limits: readonly PlannedLimit[]): RatePlan {
  return { limits, header: limits.map(({ limit }) => limit.policy.header).join(', ') };
}
