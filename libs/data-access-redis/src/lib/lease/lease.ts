import { RedisError } from '../connection/redis.errors';
import type { LeaseIdentity } from './lease-scripts';
import type { Leases } from './leases';
import { moment } from './moment';
import type { Moment } from './moment';

/** All in ms, from the moment the last successful request for it was sent. */
export interface LeaseTerms {
  /** When the lease runs out in Redis. */
  readonly ttl: number;
  /** When it is renewed. */
  readonly renewAfter: number;
  /** When its holder counts it as lost; before `ttl`, for clocks differ and work takes time to stop. */
  readonly lostAfter: number;
}

/**
 * `expired`: it could not be renewed in time. `taken`: Redis says that it is not ours any more. `closed`: the module
 * was shut down while it was held.
 */
export type LossReason = 'expired' | 'taken' | 'closed';

/** The longest a renewal may take, and the pause after one that failed, in ms. */
const RENEWAL_PATIENCE_MS = 500;
const LONGEST_RETRY_MS = 250;

/**
 * A lease that is held. Whether it still is, is decided here and not by Redis: it is lost when either clock says that
 * its time is over, whether or not anything was answered.
 */
export class Lease {
  /** Told once, when it is lost. */
  onLost: ((reason: LossReason) => void) | undefined;
  /** @internal Neighbours in the list of {@link LeaseKeeper}; `isKept` while it is there. */
  before: Lease | undefined;
  /** @internal */
  after: Lease | undefined;
  /** @internal */
  isKept = false;
  /** For how long it is asked for. */
  #terms: LeaseTerms;
  /** For how long it was given: another time only while it is a turn. */
  #given: LeaseTerms;
  #grantedAt: Moment;
  #renewAt = 0;
  /** After a renewal that failed. */
  #pausedUntil = 0;
  #renewal: Promise<void> | undefined;
  #over: LossReason | 'released' | undefined;

  constructor(
    private readonly leases: Leases,
    private readonly identity: LeaseIdentity,
    /** The fencing token. */
    readonly token: number,
    terms: LeaseTerms,
    askedAt: Moment,
    given = terms,
  ) {
    this.#terms = terms;
    this.#given = given;
    this.#grantedAt = askedAt;
    this.#grant(terms, given, askedAt);
  }

  /** Asks the clocks, not the timers: true means now. Once false, it stays so. */
  get held(): boolean {
    if (this.#over === undefined && this.#isPast(moment())) this.#lose('expired');
    return this.#over === undefined;
  }

  /** @internal Does what is due. @returns when to look again at the latest, as `performance.now()` */
  look(now: Moment): number {
    if (this.#over !== undefined) return Infinity;
    if (this.#isPast(now)) {
      this.#lose('expired');
      return Infinity;
    }
    // By the wall clock as well: after the machine slept, it is what says how much is left in Redis.
    const due = now.steady >= this.#renewAt || now.wall >= this.#grantedAt.wall + this.#given.renewAfter;
    if (due && now.steady >= this.#pausedUntil) this.renewNow();
    return Math.min(this.#renewal ? Infinity : Math.max(this.#renewAt, this.#pausedUntil), this.#lostAt);
  }

  /** @internal */
  renewNow(): void {
    if (this.#over === undefined && !this.#renewal) void this.#renew(this.#terms).catch(() => undefined);
  }

  /**
   * Makes it last as the terms say, from now on.
   *
   * @returns false when it was lost
   * @throws RedisError when Redis did not say; it is held as long as before, or for the new time if that is shorter
   */
  async extend(terms: LeaseTerms): Promise<boolean> {
    while (this.#renewal) await this.#renewal.catch(() => undefined);
    if (!this.held) return false;
    await this.#renew(terms);
    return this.held;
  }

  /**
   * Gives it back. Never rejects: false when it was lost before, or when Redis did not answer; then it is tried again
   * in the background for as long as it can live there.
   */
  release(): Promise<boolean> {
    const { held } = this;
    const over = this.#over;
    // Redis knows best that it was taken. What ran out here may still live there, by a renewal that came late.
    if (over === 'released' || over === 'taken') return Promise.resolve(false);
    this.#over = 'released';
    this.leases.keeper.drop(this);
    const given = this.leases.giveBack(this.identity, Math.max(this.#terms.ttl, this.#given.ttl));
    return held ? given : given.then(() => false);
  }

  /** Stops renewing it, and lets it run out in Redis instead of giving it back. */
  abandon(): void {
    this.#over ??= 'released';
    this.leases.keeper.drop(this);
  }

  /** @internal The module is closed. */
  close(): void {
    this.#lose('closed');
  }

  get #lostAt(): number {
    return this.#grantedAt.steady + this.#given.lostAfter;
  }

  #isPast({ steady, wall }: Moment): boolean {
    return steady >= this.#lostAt || wall >= this.#grantedAt.wall + this.#given.lostAfter;
  }

  #renew(terms: LeaseTerms): Promise<void> {
    this.#renewal = this.#ask(terms);
    return this.#renewal;
  }

  async #ask(terms: LeaseTerms): Promise<void> {
    const askedAt = moment();
    const before = { terms: this.#terms, given: this.#given, at: this.#grantedAt };
    const timeoutMs = Math.max(1, Math.ceil(Math.min(RENEWAL_PATIENCE_MS, this.#lostAt - askedAt.steady)));
    // A shorter one counts from now on, for it may hold in Redis before we are told.
    const shorter = askedAt.steady + terms.lostAfter < this.#lostAt;
    if (shorter) this.#grant(terms, terms, askedAt);
    try {
      const kept = await this.leases.scripts.renew(this.identity, terms.ttl, timeoutMs);
      if (!this.held) return;
      if (!kept) return this.#lose('taken');
      this.#grant(terms, terms, askedAt);
    } catch (error) {
      const sent = !(error instanceof RedisError) || error.outcome === 'unknown';
      if (shorter && !sent && this.held) this.#grant(before.terms, before.given, before.at);
      this.#pausedUntil = performance.now() + Math.min(LONGEST_RETRY_MS, this.#terms.renewAfter / 4);
      throw error;
    } finally {
      this.#renewal = undefined;
      if (this.#over === undefined) {
        this.leases.keeper.keep(this, Math.min(Math.max(this.#renewAt, this.#pausedUntil), this.#lostAt));
      }
    }
  }

  #grant(terms: LeaseTerms, given: LeaseTerms, askedAt: Moment): void {
    this.#terms = terms;
    this.#given = given;
    this.#grantedAt = askedAt;
    this.#renewAt = askedAt.steady + given.renewAfter;
    this.leases.keeper.keep(this, Math.min(this.#renewAt, this.#lostAt));
  }

  #lose(reason: LossReason): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.leases.keeper.drop(this);
    this.leases.metrics.leaseLost(this.identity.kind, reason);
    this.onLost?.(reason);
  }
}
