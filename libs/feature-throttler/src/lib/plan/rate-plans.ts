import { type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { isUnlimited, type RateLimitOptions, rateLimitOf } from '@sluice/util-http';
import type { Limit } from '../limiter/limit';
import { Limits } from '../limiter/limits';
import { type PlannedLimit, planLimit, type RatePlan, ratePlan } from './rate-plan';

type Target = Pick<ExecutionContext, 'getHandler' | 'getClass'>;
type Handler = ReturnType<ExecutionContext['getHandler']>;

/** Which limits hold where; worked out once for each handler. */
@Injectable()
export class RatePlans {
  private readonly byClass = new WeakMap<Type, Map<Handler, RatePlan | null>>();

  constructor(private readonly limits: Limits) {}

  /**
   * What holds for a handler; null: nothing does.
   * @throws Error when its `@RateLimit()` cannot be
   */
  of(target: Target): RatePlan | null {
    const type = target.getClass<unknown>();
    const handler = target.getHandler();
    let plans = this.byClass.get(type);
    if (!plans) this.byClass.set(type, (plans = new Map()));
    let plan = plans.get(handler);
    if (plan === undefined) {
      plan = isUnlimited(target) ? null : this.for(rateLimitOf(target));
      plans.set(handler, plan);
    }
    return plan;
  }

  /**
   * For what is limited without being a route.
   * @throws Error when it cannot be
   */
  for({ policies = [], everywhere = true, cost = 1, onRedisLoss }: RateLimitOptions = {}): RatePlan {
    const named = policies.map((name) => this.named(name));
    if (!everywhere && named.length === 0) {
      throw new Error(
        'without the limits that hold everywhere a limit must be named; for none there is @Unlimited()',
      );
    }
    const planned = new Map<Limit, PlannedLimit>();
    for (const limit of everywhere ? this.limits.all.filter(({ policy }) => policy.everywhere) : []) {
      const choice = named.length === 0 ? onRedisLoss : undefined;
      planned.set(limit, checked(limit, cost, choice ?? limit.policy.onRedisLoss));
    }
    for (const limit of named)
      planned.set(limit, checked(limit, cost, onRedisLoss ?? limit.policy.onRedisLoss));
    return ratePlan([...planned.values()]);
  }

  private named(name: string): Limit {
    const limit = this.limits.find(name);
    if (limit) return limit;
    const known = this.limits.all.map(({ policy }) => policy.name).join(', ') || 'none';
    throw new Error(`there is no rate limit named "${name}"; the app has declared: ${known}`);
  }
}

function checked(limit: Limit, cost: number, onRedisLoss: PlannedLimit['onRedisLoss']): PlannedLimit {
  const { name, quota, burst, neverOpens } = limit.policy;
  if (!Number.isSafeInteger(cost) || cost < 1) throw new Error('cost must be a whole number of at least 1');
  if (quota > 0 && cost > burst) {
    throw new Error(`a request that costs ${cost} can never pass "${name}", which allows ${burst} at once`);
  }
  if (neverOpens && onRedisLoss === 'allow') {
    throw new Error(`"${name}" must never open up, so onRedisLoss cannot be allow`);
  }
  return planLimit(limit, cost, onRedisLoss);
}
