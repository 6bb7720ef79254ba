import { monotonicNow } from '../fleet/monotonic';
import { until } from '../redis-test-app';
import { Candidates, WITHIN_MS } from './candidates';
import type { ElectionMutant } from './election-mutants';

/** Of leaders that hand over: nobody leads so soon because a lease is over. */
export const LONG_LEASE_MS = 60_000;
const LONG_LEASE = { leaseDuration: LONG_LEASE_MS, renewDeadline: LONG_LEASE_MS / 2 };

/**
 * What happens to a leader while others stand in line. Each brings it about, sees to it that all is well again, and
 * leaves it to the caller what to make of the journal.
 */
export const ELECTION_TRIALS = {
  /** Killed (SIGKILL) in the middle of its work. */
  'the leader is killed': async (candidates) => {
    const { first, others } = candidates;
    await candidates.stand();
    await first.process.kill();
    await candidates.leaderOf(others);
  },

  /** Stopped (SIGSTOP) for longer than its lease, and woken. */
  'the leader is frozen and wakes': async (candidates) => {
    const { first, others } = candidates;
    await candidates.stand();
    process.kill(first.process.pid, 'SIGSTOP');
    try {
      await candidates.leaderOf(others);
      await someTime();
    } finally {
      process.kill(first.process.pid, 'SIGCONT');
    }
    await until('it knows', () => candidates.of(first, 'stopped').length === 1, WITHIN_MS);
  },

  /** Everything between it and Redis vanishes. Its work takes a moment to stop. */
  'the leader is cut off': async (candidates) => {
    const { first, others } = candidates;
    await candidates.stand({ endsAfterMs: 100 });
    first.proxy.drop();
    await candidates.leaderOf(others);
    await someTime();
  },

  /** It leaves, and its work takes a while to end. */
  'the leader leaves': async (candidates) => {
    const { first, others } = candidates;
    await candidates.stand({ ...LONG_LEASE, endsAfterMs: 300 });
    await first.process.call('leave', 'e');
    await candidates.leaderOf(others);
    await until('its work has ended', () => candidates.of(first, 'ended').length === 1);
  },

  /** SIGTERM, and its work takes a while to end. */
  'the process of the leader is told to end': async (candidates) => {
    const { first, others } = candidates;
    await candidates.stand({ ...LONG_LEASE, endsAfterMs: 300 });
    process.kill(first.process.pid, 'SIGTERM');
    await candidates.leaderOf(others);
    await until('its work has ended', () => candidates.of(first, 'ended').length === 1);
  },
} as const satisfies Record<string, (candidates: Candidates) => Promise<void>>;

/** So long the new one has led: for the old one to be caught. */
async function someTime(): Promise<void> {
  const longer = monotonicNow() + 500;
  await until('the new one has led for a while', () => monotonicNow() > longer);
}

export type ElectionTrial = keyof typeof ELECTION_TRIALS;

/** Three candidates in one trial, and then what `look` finds. */
export async function tryElection<R>(
  trial: ElectionTrial,
  mutant: ElectionMutant | undefined,
  look: (candidates: Candidates) => R | Promise<R>,
): Promise<R> {
  const candidates = await Candidates.start(3, mutant);
  try {
    await ELECTION_TRIALS[trial](candidates);
    return await look(candidates);
  } finally {
    await candidates.stop();
  }
}
