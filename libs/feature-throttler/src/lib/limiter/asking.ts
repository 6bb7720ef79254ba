import { outsideRedisScope, type RedisRequestScope } from '@sluice/data-access-redis';
import { readTakeReply, type TakeReply } from '../storage/take-reply';
import type { ThrottlerStorageRedisService } from '../storage/throttler-storage-redis.service';
import type { Decision, Exceeded, LimitLeft } from './decision';
import type { Awaited } from './decision-deadline';
import type { Group } from './group';
import { decideLocally, type LocalDecision } from './local-decision';

/**
 * One decision that Redis is asked for: all groups at once, each in a round trip of its own. When one denies, what the
 * others have taken is given back; for those that did not answer in time, this process decides. When the answer still
 * comes (within the deadline of commands), an admitted request ends up counted once, and a denied one not at all.
 */
export class Asking implements Awaited {
  dueAt = 0;
  over = false;
  private unanswered: number;
  private decision: Decision | undefined;
  private local: LocalDecision | undefined;

  constructor(
    private readonly groups: readonly Group[],
    private readonly sentAt: number,
    private readonly storage: ThrottlerStorageRedisService,
    private readonly scope: RedisRequestScope | undefined,
    private readonly resolve: (decision: Decision) => void,
    private readonly failed: (error: unknown) => void,
  ) {
    this.unanswered = groups.length;
  }

  send(): void {
    for (const group of this.groups) {
      this.storage.take(group.tracker, group.limits).then(
        (reply) => this.answered(group, readTakeReply(reply, group.limits)),
        (error: unknown) => {
          this.failed(error);
          this.answered(group, undefined);
        },
      );
    }
  }

  late(): void {
    // The request has waited for Redis once, and does so for nothing else.
    if (this.scope) this.scope.gaveUp = true;
    this.conclude();
  }

  private answered(group: Group, reply: TakeReply | undefined): void {
    if (this.over) return this.cameLate(group, reply);
    group.reply = reply;
    this.unanswered -= 1;
    if (this.unanswered === 0) this.conclude();
  }

  private conclude(): void {
    this.over = true;
    this.decision = this.decide();
    if (this.decision.verdict !== 'allowed') {
      for (const group of this.groups) this.giveBack(group, group.reply);
    }
    this.resolve(this.decision);
  }

  private decide(): Decision {
    const exceeded: Exceeded[] = [];
    const limits: LimitLeft[] = [];
    const lost: Group[] = [];
    for (const group of this.groups) {
      if (group.reply === undefined) lost.push(group);
      else if (group.reply.taken) limits.push(...group.reply.answers);
      else exceeded.push(...this.refused(group, group.reply));
    }
    if (exceeded.length > 0) return { verdict: 'denied', exceeded };
    if (lost.length > 0) {
      this.local = decideLocally(lost);
      const { decision } = this.local;
      if (decision.verdict !== 'allowed') return decision;
      limits.push(...decision.limits);
    }
    for (const { reply, limits: asked } of this.groups) {
      if (reply) for (const { limit } of asked) limit.outcomes.allowed += 1;
    }
    return { verdict: 'allowed', limits };
  }

  /** Remembers who is denied, and until when. */
  private refused({ tracker }: Group, { answers }: TakeReply): Exceeded[] {
    return answers
      .filter(({ waitMs }) => waitMs > 0)
      .map(({ planned: { limit, cost }, remaining, waitMs }) => {
        const exceeded = { policy: limit.policy, remaining, until: this.sentAt + waitMs };
        limit.denials.remember(tracker, cost, exceeded);
        if (!this.decision) limit.outcomes.denied += 1;
        return exceeded;
      });
  }

  private cameLate(group: Group, reply: TakeReply | undefined): void {
    if (!reply) return;
    if (!reply.taken) this.refused(group, reply);
    else if (this.decision?.verdict === 'allowed') this.local?.giveBack(group);
    else this.giveBack(group, reply);
  }

  private giveBack({ tracker, limits }: Group, reply: TakeReply | undefined): void {
    if (!reply?.taken) return;
    for (const { limit } of limits) limit.denials.forget(tracker);
    // Not on behalf of the request, which may have given up on Redis.
    outsideRedisScope(() => this.storage.giveBack(tracker, limits, reply.stamp)).catch(this.failed);
  }
}
