import { localNow } from '../local/local-clock';
import type { PlannedLimit } from '../plan/rate-plan';
import type { Decision, Exceeded, LimitLeft } from './decision';
import type { Group } from './group';

/** A decision of this process alone, which can be undone as long as the request has not been answered elsewhere. */
export interface LocalDecision {
  readonly decision: Decision;
  /** Gives back what was taken for a group, since Redis has counted it after all. */
  giveBack(group: Group): void;
}

/** Decides without Redis, as each limit says of itself: looks at all of them before it takes from any. */
export function decideLocally(groups: readonly Group[]): LocalDecision {
  const takenAt = localNow();
  const nothing = (decision: Decision): LocalDecision => ({ decision, giveBack: () => undefined });

  const closed = listed(groups).filter(({ planned }) => planned.onRedisLoss === 'deny');
  if (closed.length > 0) {
    for (const { planned } of closed) planned.limit.outcomes.fallback_unavailable += 1;
    const policies = closed.map(({ planned }) => planned.limit.policy);
    return nothing({ verdict: 'unavailable', policies });
  }

  const exceeded: Exceeded[] = [];
  for (const { tracker, planned } of counted(groups)) {
    const { policy, local, outcomes } = planned.limit;
    const wait = local.wait(tracker, planned.cost, takenAt);
    if (wait <= 0) continue;
    outcomes.fallback_denied += 1;
    const { remaining } = local.left(tracker, takenAt);
    exceeded.push({ policy, remaining, until: (takenAt + wait) / 1_000 });
  }
  if (exceeded.length > 0) return nothing({ verdict: 'denied', exceeded });

  const limits: LimitLeft[] = [];
  for (const { tracker, planned } of listed(groups)) {
    const { policy, local, outcomes } = planned.limit;
    if (planned.onRedisLoss === 'allow') {
      outcomes.fallback_uncounted += 1;
      continue;
    }
    local.take(tracker, planned.cost, takenAt);
    outcomes.fallback_allowed += 1;
    const { remaining, moreIn } = local.left(tracker, takenAt);
    limits.push({ policy, remaining, moreInMs: moreIn / 1_000 });
  }
  return {
    decision: { verdict: 'allowed', limits },
    giveBack: (group) => {
      const now = localNow();
      for (const { tracker, planned } of counted([group])) {
        planned.limit.local.giveBack(tracker, planned.cost, takenAt, now);
      }
    },
  };
}

interface Listed {
  readonly tracker: string;
  readonly planned: PlannedLimit;
}

function listed(groups: readonly Group[]): Listed[] {
  return groups.flatMap(({ tracker, limits }) => limits.map((planned) => ({ tracker, planned })));
}

function counted(groups: readonly Group[]): Listed[] {
  return listed(groups).filter(({ planned }) => planned.onRedisLoss === 'local');
}
