import type { PlannedLimit, RatePlan } from '../plan/rate-plan';
import type { TakeReply } from '../storage/take-reply';
import type { Trackers } from './trackers';

/** Limits of one request that count for the same tracker: what one round trip decides. */
export interface Group {
  readonly tracker: string;
  readonly limits: readonly PlannedLimit[];
  /** Undefined as long as there is no answer. */
  reply: TakeReply | undefined;
}

export function groupsOf({ limits }: RatePlan, trackers: Trackers): Group[] {
  const groups: Group[] = [];
  for (const planned of limits) {
    const tracker = trackers.of(planned.limit.policy.by);
    if (tracker === undefined) continue;
    if (limits.length === 1) return [{ tracker, limits, reply: undefined }];
    const group = groups.find((other) => other.tracker === tracker);
    if (group) (group.limits as PlannedLimit[]).push(planned);
    else groups.push({ tracker, limits: [planned], reply: undefined });
  }
  return groups;
}
