import { RedisUsageError } from '../connection/redis.errors';
import type { LeaseTerms } from '../lease/lease';

/** Who leads, as far as is known. */
export interface Leader {
  /** `<host>:<pid>`. */
  readonly process: string;
  readonly term: number;
  /** Whether it is this candidate. */
  readonly self: boolean;
}

/**
 * Why somebody leads no longer. `left`: it left the election, or the module was shut down. `expired`: it could not renew
 * its lease within `renewDeadline`. `taken`: Redis does not know of its lease any more. `failed`: its work threw.
 */
export type StoppedLeadingReason = 'left' | 'expired' | 'taken' | 'failed';

/**
 * All times are whole milliseconds, with `leaseDuration > renewDeadline > 1.2 × retryPeriod`, as in Kubernetes'
 * client-go.
 */
export interface LeaderElectionOptions {
  /**
   * How long the others wait before they replace a leader who says nothing any more, 100 to 86,400,000. Default 15,000.
   */
  leaseDuration?: number;
  /**
   * How long the leader tries to renew its lease before it stops leading; at least 10 ms less than `leaseDuration`, and
   * the difference is the time its work has to notice. Default 10,000.
   */
  renewDeadline?: number;
  /**
   * How often the leader renews, and how often a candidate tries who cannot reach Redis (up to 1.2 times as long, so
   * that not all try at once). Default 2,000.
   */
  retryPeriod?: number;
  /**
   * The work. Its signal is aborted when it is to stop; what it returns is awaited before another one can lead, as long
   * as the lease can be kept. Work that throws ends the leadership. `term` is a fencing token.
   */
  onStartedLeading?: (signal: AbortSignal, term: number) => void | Promise<void>;
  /** Called once after each leadership: at once when it was lost, after the work when it was given up. Not awaited. */
  onStoppedLeading?: (reason: StoppedLeadingReason) => void | Promise<void>;
  /** Called for each new leader that this candidate learns of, itself among them; terms grow. */
  onNewLeader?: (leader: Leader) => void | Promise<void>;
}

export interface ElectionTimes {
  readonly terms: LeaseTerms;
  readonly retryPeriod: number;
}

const JITTER = 1.2;
const SHORTEST_LEASE_MS = 100;
const LONGEST_LEASE_MS = 86_400_000;
const SHORTEST_MARGIN_MS = 10;

/** @throws RedisUsageError that names what does not fit */
export function resolveElectionTimes({
  leaseDuration = 15_000,
  renewDeadline = 10_000,
  retryPeriod = 2_000,
}: LeaderElectionOptions): ElectionTimes {
  for (const [name, value] of Object.entries({ leaseDuration, renewDeadline, retryPeriod })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > LONGEST_LEASE_MS) {
      throw new RedisUsageError(`\`${name}\` of an election is 1 to ${LONGEST_LEASE_MS} ms.`);
    }
  }
  if (leaseDuration < SHORTEST_LEASE_MS) {
    throw new RedisUsageError(`\`leaseDuration\` of an election is at least ${SHORTEST_LEASE_MS} ms.`);
  }
  if (leaseDuration - renewDeadline < SHORTEST_MARGIN_MS) {
    throw new RedisUsageError(
      `\`leaseDuration\` must be at least ${SHORTEST_MARGIN_MS} ms longer than \`renewDeadline\`: otherwise two could lead at once.`,
    );
  }
  if (renewDeadline <= retryPeriod * JITTER) {
    throw new RedisUsageError(
      `\`renewDeadline\` must be longer than ${JITTER} × \`retryPeriod\`: otherwise a leader has no second try.`,
    );
  }
  return { terms: { ttl: leaseDuration, renewAfter: retryPeriod, lostAfter: renewDeadline }, retryPeriod };
}

/** `ms` to 1.2 times as much. */
export function withJitter(ms: number): number {
  return ms * (1 + Math.random() * (JITTER - 1));
}
