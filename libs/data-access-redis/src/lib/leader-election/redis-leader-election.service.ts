import { Injectable } from '@nestjs/common';
import type { RedisClient } from '../client/redis-client';
import { RedisUnavailableError, RedisUsageError } from '../connection/redis.errors';
import type { Leases } from '../lease/leases';
import type { LeaderElectionOptions } from './election-options';
import { LeaderElection } from './leader-election';

const LONGEST_NAME = 200;

/**
 * One leader per election in the whole fleet, for work that shall run in one place only. A leader that cannot reach
 * Redis stops before another one can begin; one that leaves is replaced at once, one that dies when its lease is over.
 *
 * @example
 * ```ts
 * const election = elections.join('mail-outbox', {
 *   onStartedLeading: async (signal, term) => sendUntil(signal, term),
 * });
 * ```
 */
@Injectable()
export class RedisLeaderElectionService {
  readonly #client: RedisClient;
  readonly #leases: Leases;
  readonly #elections = new Map<string, LeaderElection>();
  #closed = false;

  /** @internal Made by `RedisModule`. */
  constructor(client: RedisClient, leases: Leases) {
    this.#client = client;
    this.#leases = leases;
  }

  /**
   * Makes this process a candidate. It stays one until it leaves or the module is closed: through losses of Redis, and
   * after each leadership of its own.
   *
   * @throws RedisUsageError for a bad name or option, or when this process is a candidate already
   */
  join(election: string, options: LeaderElectionOptions = {}): LeaderElection {
    if (this.#closed) throw new RedisUnavailableError('This process is being shut down.');
    if (typeof election !== 'string' || election.length > LONGEST_NAME) {
      throw new RedisUsageError(`The name of an election has 1 to ${LONGEST_NAME} characters.`);
    }
    if (this.#elections.has(election)) {
      throw new RedisUsageError(`This process is a candidate in the election "${election}" already.`);
    }
    const candidacy = new LeaderElection(election, options, this.#client, this.#leases);
    this.#elections.set(election, candidacy);
    void candidacy.ended.then(() => this.#elections.delete(election));
    return candidacy;
  }

  /** The candidacies of this process. */
  get elections(): readonly LeaderElection[] {
    return [...this.#elections.values()];
  }

  /**
   * For a health check: the names of the elections that this process leads and follows.
   *
   * @throws Error when Redis has told a candidate nothing for longer than a lease
   */
  check(): { leading: string[]; following: string[] } {
    const silent = this.elections.filter(({ silentForMs }) => silentForMs > 0).map(({ name }) => name);
    if (silent.length > 0) {
      throw new Error(
        `Nothing has been heard of these elections for longer than a lease: ${silent.join(', ')}`,
      );
    }
    const names = (leads: boolean) =>
      this.elections.filter(({ isLeader }) => isLeader === leads).map(({ name }) => name);
    return { leading: names(true), following: names(false) };
  }

  /** @internal Leaves all elections. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.elections.map((candidacy) => candidacy.leave()));
  }
}
