import type { Logger } from '@nestjs/common';
import { LockLostError } from '../connection/redis.errors';
import type { Lease } from '../lease/lease';
import { onAbort } from '../waiting/on-abort';
import { waitFor } from '../waiting/wait-for';
import { callBack } from './call-back';
import type { LeaderElectionOptions, StoppedLeadingReason } from './election-options';

const ENDS: Record<Exclude<StoppedLeadingReason, 'left'>, string> = {
  expired: 'The leadership could not be renewed in time.',
  taken: 'Redis does not know of the leadership any more.',
  failed: 'The work of the leader failed.',
};

/** One term of a leader: from the lease to the end of the work. */
export class Leadership {
  readonly #stop = new AbortController();
  #reason: StoppedLeadingReason | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly lease: Lease,
    private readonly leaseDuration: number,
    private readonly options: LeaderElectionOptions,
    private readonly logger: Logger,
  ) {}

  get isHeld(): boolean {
    return this.#reason === undefined && this.lease.held;
  }

  /**
   * Works until the lease is lost, the work has failed, or `leaving` aborts, and until the work has ended; once
   * `leaving` has aborted, for `leaseDuration` more at most. Never rejects.
   */
  async serve(leaving: AbortSignal): Promise<StoppedLeadingReason> {
    // Not by the `signal` of addEventListener: on Node 20 garbage collection takes that away from all but the last of them.
    const listening: (() => void)[] = [];
    const onLeaving = (listener: () => void) => {
      listening.push(onAbort(leaving, listener));
      if (leaving.aborted) listener();
    };
    const left = new Promise<void>((resolve) => onLeaving(resolve));
    const reason = await this.#untilEnd(onLeaving);
    const lost = reason === 'expired' || reason === 'taken';
    // It is over already; only the next candidacy of this process waits for the work.
    if (lost) this.#tell(reason);
    await Promise.race([this.#work, left]);
    for (const unheard of listening) unheard();
    const work = this.#work.then(() => 'done' as const);
    const stopped = (await waitFor(work, undefined, this.leaseDuration)) === 'done';
    if (!stopped) this.logger.warn('the work of a leader does not stop; nobody waits for it any more');
    if (!lost) this.#tell(reason);
    // Also what ran out here: a renewal that came late may let it live there.
    if (stopped || lost) await this.lease.release();
    else this.lease.abandon();
    return reason;
  }

  #untilEnd(onLeaving: (listener: () => void) => void): Promise<StoppedLeadingReason> {
    return new Promise((resolve) => {
      const end = (reason: StoppedLeadingReason) => resolve(this.#end(reason));
      this.lease.onLost = (reason) => end(reason === 'closed' ? 'left' : reason);
      onLeaving(() => end('left'));
      this.#work = this.#start().catch((error: unknown) => {
        // Work that was told to stop says so by its signal's reason.
        if (error !== this.#stop.signal.reason) this.#complain(error);
        end('failed');
      });
    });
  }

  async #start(): Promise<void> {
    await this.options.onStartedLeading?.(this.#stop.signal, this.lease.token);
  }

  /** The first reason counts. */
  #end(reason: StoppedLeadingReason): StoppedLeadingReason {
    if (this.#reason !== undefined) return this.#reason;
    this.#reason = reason;
    this.#stop.abort(reason === 'left' ? undefined : new LockLostError(ENDS[reason]));
    return reason;
  }

  #tell(reason: StoppedLeadingReason): void {
    callBack(this.logger, 'onStoppedLeading', () => this.options.onStoppedLeading?.(reason));
  }

  #complain(error: unknown): void {
    this.logger.error(`onStartedLeading failed: ${error instanceof Error ? error.name : 'unknown error'}`);
  }
}
