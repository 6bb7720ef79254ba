import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { HttpReply, HttpRequest } from '@sluice/util-http';
import type { Decision } from '../limiter/decision';
import { RateLimiter } from '../limiter/rate-limiter';
import type { RatePlan } from '../plan/rate-plan';
import { RatePlans } from '../plan/rate-plans';
import { cannotCount, exceededHeader, leftHeader, tooMany } from './answer';
import { EmailTracker } from './email-tracker';
import { RequestTrackers } from './request-trackers';

/**
 * Does the request keep to its limits? Comes after the guard that finds out who is asking, so that users are counted
 * and not their addresses, and before whatever costs more. Only HTTP is limited.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly plans: RatePlans,
    private readonly emails: EmailTracker,
  ) {}

  /** @throws ProblemError 429, or 503 when limits cannot be looked up and must not open up */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const plan = this.plans.of(context);
    if (plan === null) return true;
    const http = context.switchToHttp();
    const reply = http.getResponse<HttpReply>();
    const decision = this.limiter.decide(
      plan,
      new RequestTrackers(http.getRequest<HttpRequest>(), this.emails),
    );
    return decision instanceof Promise
      ? decision.then((decided) => conclude(plan, decided, reply))
      : conclude(plan, decision, reply);
  }
}

function conclude(plan: RatePlan, decision: Decision, reply: HttpReply): true {
  reply.header('RateLimit-Policy', plan.header);
  if (decision.verdict === 'allowed') {
    if (decision.limits.length > 0) reply.header('RateLimit', leftHeader(decision.limits));
    return true;
  }
  if (decision.verdict === 'unavailable') throw cannotCount();
  const now = performance.now();
  reply.header('RateLimit', exceededHeader(decision.exceeded, now));
  throw tooMany(decision, now);
}
