import { LockNotAcquiredError, RedisError, RedisUnavailableError } from '../connection/redis.errors';
import { currentRedisScope } from '../connection/request-scope';
import type { LeaseKind } from '../observability/lease-metrics';
import { waitFor } from '../waiting/wait-for';
import { Lease } from './lease';
import { newLeaseId } from './lease-id';
import { TURN_MS } from './lease-scripts';
import type { Answer, LeaseIdentity, LeaseRefusal } from './lease-scripts';
import type { LeaseRequest, Leases } from './leases';
import { moment, since } from './moment';
import type { Moment } from './moment';

/**
 * Those in line are woken when it is their turn. They also look by themselves, for their turn may have been given to
 * one who does not answer and a message may be lost: the first ones every second, those far behind less often.
 */
const LOOK_EVERY_MS = 1_000;
const LOOK_LATER_BY_MS = 50;
const LONGEST_LOOK_MS = 5_000;
/** Share of a turn that is not counted on. */
const SAFETY = 0.1;
/**
 * When whose turn it is says so, by its first renewal. What is held for less than that costs no renewal; but work that
 * blocks the event loop before it, and for longer than a turn, costs the lock, however long its `ttl`.
 */
const CONFIRM_AFTER_MS = 25;
/** When a lease is seen to end, those in line do not all ask in the same millisecond. */
const SPREAD_MS = 15;
/** Whoever fails for these reasons will fail again. */
const HOPELESS = new Set(['REDIS_USAGE', 'REDIS_AUTH', 'REDIS_CONFIG', 'REDIS_PROTOCOL', 'REDIS_TLS']);

/** When to ask again. */
interface Pause {
  readonly inMs: number;
  /** The server's clock in ms when the question was answered. */
  readonly serverMs?: number;
}

/** One caller's claim to a lease: it is asked for, waited for in line, and given up when the wait is over. */
export class LeaseClaim implements LeaseIdentity {
  readonly kind: LeaseKind;
  readonly keys: LeaseIdentity['keys'];
  readonly permits: number;
  readonly id: string;
  // Not the request itself: V8 makes what a literal makes old at once when it thinks that such objects live long, and
  // an old one that is dead keeps all that it knows until a full collection of garbage.
  readonly #terms: LeaseRequest['terms'];
  readonly #wait: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onHolder: LeaseRequest['onHolder'];
  /** Redis may have us in its books. */
  #known = false;
  /** Why the last question has no answer, if so. */
  #trouble: RedisError | undefined;

  constructor(
    private readonly leases: Leases,
    request: LeaseRequest,
  ) {
    this.kind = request.kind;
    this.keys = request.keys;
    this.permits = request.permits;
    this.#terms = request.terms;
    this.#wait = request.wait;
    this.#signal = request.signal;
    this.#onHolder = request.onHolder;
    this.id = newLeaseId(request.kind, leases.wakeUps.mark);
  }

  /** Asks, and stands in line until the wait is over. */
  async take(): Promise<Lease> {
    const [terms, wait, signal] = [this.#terms, this.#wait, this.#signal];
    const { wakeUps } = this.leases;
    signal?.throwIfAborted();
    let asked = moment();
    const until = asked.steady + wait;
    if (wait > 0 && !wakeUps.isListening) {
      await wakeUps.listen();
      signal?.throwIfAborted();
      asked = moment();
    }
    // A wait too short for one question is still worth one answer; from then on it is kept to the millisecond.
    let left: number | undefined;
    try {
      for (;;) {
        // Before the question: the turn may come together with the answer.
        const turn = wait > 0 ? wakeUps.waiter(this.id) : undefined;
        try {
          const answer = await this.#ask(left);
          if (this.leases.closed) throw new RedisUnavailableError('This process is being shut down.');
          if (answer === 'late') throw this.#refusal();
          if (typeof answer === 'number' && since(asked) < terms.lostAfter) {
            return new Lease(this.leases, this, answer, terms, asked);
          }
          const pause = typeof answer === 'number' ? await this.#tooLate() : this.#pause(answer);
          const patience = until - performance.now();
          if (!turn || patience <= 0) throw this.#refusal();
          const woken = await waitFor(turn.within(Math.min(patience, pause.inMs)), signal, undefined);
          if (this.leases.closed) throw new RedisUnavailableError('This process is being shut down.');
          const lease = woken === 'late' ? undefined : this.#granted(woken.grant, asked, pause.serverMs);
          if (lease) return lease;
        } finally {
          turn?.close();
        }
        left = wait === Infinity ? undefined : Math.max(1, until - performance.now());
        asked = moment();
      }
    } catch (error) {
      // Who asked only once and was refused is not in the books.
      if (this.#known && (wait > 0 || !(error instanceof LockNotAcquiredError))) this.#giveUp();
      throw error;
    }
  }

  /**
   * @param withinMs how long the caller has for it; what is answered later is given back
   * @returns nothing when it has no answer, and it is worth asking again
   */
  async #ask(withinMs: number | undefined): Promise<Answer | 'late' | undefined> {
    const [terms, wait, signal] = [this.#terms, this.#wait, this.#signal];
    const first = !this.#known;
    this.#known = true;
    // Only the first question is subject to the patience of the request; the rest is what it chose to wait for.
    const scope = first ? currentRedisScope() : undefined;
    try {
      const asking = this.leases.scripts.acquire(this, terms.ttl, wait > 0, scope);
      const answer = await waitFor(asking, signal, withinMs);
      if (answer !== 'late') this.#trouble = undefined;
      return answer;
    } catch (error) {
      // The reason of a signal may look like an error of Redis: that of a lock which is lost, say.
      if (signal?.aborted || error instanceof LockNotAcquiredError || !(error instanceof RedisError))
        throw error;
      // Who was not heard at all is told at once that Redis is away. Who may have been heard asks by the same id.
      if (first && error.outcome === 'not-executed') this.#known = false;
      if (!this.#known || HOPELESS.has(error.code)) throw error;
      this.#trouble = error;
      return undefined;
    }
  }

  /** The answer, or our turn to read it, came when the lease was as good as over. */
  async #tooLate(): Promise<Pause> {
    await this.leases.giveBack(this, this.#terms.ttl);
    return { inMs: 1 };
  }

  #pause(refusal: LeaseRefusal | undefined): Pause {
    if (!refusal) return { inMs: LOOK_EVERY_MS };
    const { holder, ahead, ends, now } = refusal;
    if (holder) this.#onHolder?.(holder);
    const patience = Math.min(LOOK_EVERY_MS + ahead * LOOK_LATER_BY_MS, LONGEST_LOOK_MS);
    return { inMs: Math.min(patience, ends - now + 1 + Math.random() * SPREAD_MS), serverMs: now };
  }

  /**
   * It is our turn: the work may begin before Redis is told that we are there, and is often over before that. How long
   * the grant holds is counted from when it was made, for the message may have been under way for long: at least as
   * long after our question was sent as the server's clock went on since its answer.
   */
  #granted(grant: string | undefined, asked: Moment, serverMs: number | undefined): Lease | undefined {
    const [token = 0, grantedMs = 0] = (grant ?? '').split(' ').map(Number);
    // Made before our question was answered, it was over then already.
    if (!token || !serverMs || grantedMs < serverMs) return undefined;
    const now = moment();
    const age = Math.max(0, since(asked) - (grantedMs - serverMs));
    const lostAfter = TURN_MS * (1 - SAFETY);
    if (age >= lostAfter) return undefined;
    const turn = { ttl: TURN_MS, renewAfter: age + CONFIRM_AFTER_MS, lostAfter };
    const granted = { steady: now.steady - age, wall: now.wall - age };
    return new Lease(this.leases, this, token, this.#terms, granted, turn);
  }

  /** Whoever does not know whether it is free is not told that it is another's. */
  #refusal(): RedisError {
    if (this.#trouble) return this.#trouble;
    this.leases.metrics.lockRefused(this.kind);
    return new LockNotAcquiredError(this.#wait);
  }

  /** Leaves the line, and gives back what was granted meanwhile. Nobody waits for it. */
  #giveUp(): void {
    void this.leases.giveBack(this, this.#terms.ttl);
  }
}
