import { Logger } from '@nestjs/common';
import type { RedisClient } from '../client/redis-client';
import { RedisError } from '../connection/redis.errors';
import { outsideRedisScope } from '../connection/request-scope';
import type { Lease } from '../lease/lease';
import { THIS_PROCESS } from '../lease/lease-id';
import type { LeaseHolder } from '../lease/lease-scripts';
import type { Leases } from '../lease/leases';
import { waitFor } from '../waiting/wait-for';
import { callBack } from './call-back';
import { resolveElectionTimes, withJitter } from './election-options';
import type { ElectionTimes, Leader, LeaderElectionOptions, StoppedLeadingReason } from './election-options';
import { LeaderChannel } from './leader-channel';
import { Leadership } from './leadership';

/** Who stands in line asks Redis at least this often, in ms. */
const LONGEST_SILENCE_MS = 6_000;

/**
 * This process's candidacy in one election: it stands in line for a lease, leads while it holds it, and stands in line
 * again when it has lost it, until it leaves.
 */
export class LeaderElection {
  readonly #logger: Logger;
  readonly #times: ElectionTimes;
  readonly #keys: readonly [lease: string, line: string];
  readonly #channel: LeaderChannel;
  readonly #leaving = new AbortController();
  /** Resolves when the candidacy is over. */
  readonly ended: Promise<void>;
  #leadership: Leadership | undefined;
  #leader: Leader | undefined;
  #answeredAt = performance.now();

  /** @internal Made by `RedisLeaderElectionService`. */
  constructor(
    readonly name: string,
    private readonly options: LeaderElectionOptions,
    client: RedisClient,
    private readonly leases: Leases,
  ) {
    this.#logger = new Logger(`Redis:election:${name}`);
    this.#times = resolveElectionTimes(options);
    this.#keys = leases.keys('leader', name);
    this.#channel = new LeaderChannel(client, name, (leader) => this.#saw(leader));
    this.ended = outsideRedisScope(() => this.#campaign());
  }

  /** Looks at the clocks: true means now, also when no timer has had its turn. */
  get isLeader(): boolean {
    return this.#leadership?.isHeld === true;
  }

  /** The highest term that this candidate knows of, its own or another's; 0 before the first. It never goes back. */
  get term(): number {
    return this.#leader?.term ?? 0;
  }

  /** The newest leader that this candidate knows of, which may have stopped since. */
  get leader(): Leader | undefined {
    return this.#leader;
  }

  /** For how many ms Redis has told this candidate nothing, when that is longer than a lease; else 0. */
  get silentForMs(): number {
    if (this.#leadership) return 0;
    const silence = performance.now() - this.#answeredAt;
    return silence > this.#times.terms.ttl + LONGEST_SILENCE_MS ? silence : 0;
  }

  /**
   * Ends the candidacy. A leader's work is told to stop and awaited, for `leaseDuration` at most; then the next one in
   * line leads at once. Never rejects; called again it waits for the same end.
   */
  leave(): Promise<void> {
    this.#leaving.abort();
    return this.ended;
  }

  async #campaign(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted && !this.leases.closed) {
      // Made first: Redis may be back before we begin to wait for it.
      const back = this.leases.wakeUps.waiter(`election:${this.name}`);
      const retry = withJitter(this.#times.retryPeriod);
      try {
        const reason = await this.#lead(await this.#stand());
        if (reason === 'failed') await waitFor(new Promise<never>(() => undefined), signal, retry);
      } catch (error) {
        if (signal.aborted) break;
        const code = error instanceof RedisError ? error.code : 'unknown error';
        this.#logger.debug(`cannot stand for election: ${code}`);
        await waitFor(back.within(retry), signal, undefined).catch(() => undefined);
      } finally {
        back.close();
      }
    }
    this.leases.metrics.leftElection(this.name);
    await this.#channel.close();
  }

  #stand(): Promise<Lease> {
    return this.leases.take({
      kind: 'leader',
      keys: this.#keys,
      terms: this.#times.terms,
      permits: 1,
      wait: Infinity,
      signal: this.#leaving.signal,
      onHolder: (holder) => this.#saw(holder),
    });
  }

  async #lead(lease: Lease): Promise<StoppedLeadingReason> {
    const leadership = new Leadership(lease, this.#times.terms.ttl, this.options, this.#logger);
    this.#leadership = leadership;
    this.#saw({ process: THIS_PROCESS, token: lease.token }, true);
    void this.#channel.announce(THIS_PROCESS, lease.token);
    this.#logger.log(`leading, term ${lease.token}`);
    this.leases.metrics.leads(this.name, true);
    const reason = await leadership.serve(this.#leaving.signal);
    this.leases.metrics.leads(this.name, false);
    this.#leadership = undefined;
    this.#answeredAt = performance.now();
    this.#logger.log(`leading no longer: ${reason}`);
    return reason;
  }

  #saw({ process, token }: LeaseHolder, self = false): void {
    this.#answeredAt = performance.now();
    if (token <= this.term) return;
    const leader = { process, term: token, self };
    this.#leader = leader;
    callBack(this.#logger, 'onNewLeader', () => this.options.onNewLeader?.(leader));
  }
}
