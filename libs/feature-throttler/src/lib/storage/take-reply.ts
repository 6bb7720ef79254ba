import type { LimitLeft } from '../limiter/decision';
import type { PlannedLimit } from '../plan/rate-plan';

/** What `take.lua` said of one limit. */
export interface LimitAnswer extends LimitLeft {
  readonly planned: PlannedLimit;
  /** In how many ms it would let the request through; 0: it does. */
  readonly waitMs: number;
}

export interface TakeReply {
  /** False: one of the limits refuses, and nothing was taken from any. */
  readonly taken: boolean;
  readonly answers: readonly LimitAnswer[];
  /** The time in µs under which the request stands in exact logs, for giving it back. */
  readonly stamp: number;
}

/** Reads what the scripts say, in the order of the limits that were asked: `flow.lua` one number, `take.lua` several. */
export function readTakeReply(reply: number | readonly number[], limits: readonly PlannedLimit[]): TakeReply {
  if (typeof reply === 'number') {
    const answer = flowAnswer(limits[0] as PlannedLimit, reply);
    return { taken: answer.waitMs === 0, answers: [answer], stamp: 0 };
  }
  let at = 0;
  const next = () => reply[at++] as number;
  const answers = limits.map((planned) =>
    planned.flow ? flowAnswer(planned, next()) : logAnswer(planned, next(), next()),
  );
  return { taken: answers.every(({ waitMs }) => waitMs === 0), answers, stamp: reply[at] ?? 0 };
}

function flowAnswer(planned: PlannedLimit, ahead: number): LimitAnswer {
  const { policy } = planned.limit;
  const wait = Math.max(0, ahead - policy.toleranceUs);
  const used = wait > 0 ? ahead - planned.cost * policy.intervalUs : ahead;
  const remaining = Math.floor((policy.toleranceUs - used) / policy.intervalUs);
  const moreIn = used - (policy.burst - remaining - 1) * policy.intervalUs;
  return { policy, planned, remaining, moreInMs: (wait || moreIn) / 1_000, waitMs: wait / 1_000 };
}

function logAnswer(planned: PlannedLimit, first: number, time: number): LimitAnswer {
  const { policy } = planned.limit;
  const refused = first < 0;
  const count = refused ? -1 - first : first;
  const remaining = Math.max(0, policy.quota - count);
  const moreInMs = time / 1_000;
  return { policy, planned, remaining, moreInMs, waitMs: refused ? Math.max(moreInMs, 0.001) : 0 };
}
