import { Injectable } from '@nestjs/common';
import { currentRedisScope } from '@sluice/data-access-redis';
import type { RatePlan } from '../plan/rate-plan';
import { ThrottlerStorageRedisService } from '../storage/throttler-storage-redis.service';
import { Asking } from './asking';
import type { Allowed, Decision } from './decision';
import { DecisionDeadline } from './decision-deadline';
import { FallbackLog } from './fallback-log';
import { groupsOf } from './group';
import { decideLocally } from './local-decision';
import type { Trackers } from './trackers';

/** None of the limits is about this request. */
const UNCOUNTED: Allowed = { verdict: 'allowed', limits: [] };

/**
 * Decides whether a request may pass. Who is denied already, and everybody while Redis cannot be asked, is answered
 * at once and without a promise.
 */
@Injectable()
export class RateLimiter {
  private readonly log = new FallbackLog();

  constructor(
    private readonly storage: ThrottlerStorageRedisService,
    private readonly deadline: DecisionDeadline,
  ) {}

  decide(plan: RatePlan, trackers: Trackers): Decision | Promise<Decision> {
    const now = performance.now();
    for (const { limit, cost } of plan.limits) {
      const tracker = trackers.of(limit.policy.by);
      const denied = tracker === undefined ? undefined : limit.deniedAlready(tracker, cost, now);
      if (denied) return denied;
    }
    const groups = groupsOf(plan, trackers);
    if (groups.length === 0) return UNCOUNTED;
    if (!this.storage.usable) return decideLocally(groups).decision;
    return new Promise((resolve) => {
      const scope = currentRedisScope();
      const asking = new Asking(groups, now, this.storage, scope, resolve, this.log.failed);
      this.deadline.begin(asking, now);
      if (!asking.over) asking.send();
    });
  }
}
