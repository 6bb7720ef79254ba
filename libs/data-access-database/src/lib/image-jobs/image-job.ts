import type { Image, ImageStatus } from '../images/image';

/** The right to write to a job: its fence goes up whenever the job changes hands, and older ones write nothing. */
export interface HeldJob {
  id: string;
  fence: number;
}

/** A job in somebody's hands. */
export interface ImageJob extends HeldJob {
  ownerId: string;
  characterId: string | null;
  prompt: string;
  negativePrompt: string | null;
  /** Decimal, up to 2^64 − 1. */
  seed: string;
  width: number;
  height: number;
  /** `cancelling`: its owner does not want it any more; see to it that the server stops, then `markCancelled`. */
  status: RunningStatus;
  /** 1 at first, one more with every `requeue` that counts. */
  attempt: number;
  /**
   * How often it was lost: by somebody who said nothing any more, until its lease ran out, or by the server. A hand-over
   * is none.
   */
  losses: number;
  /** The URL of the ComfyUI server that it runs on. */
  server: string;
  /** Under which it is sent to the server; another one after every `requeue`. */
  promptId: string;
  /** When it was last about to be sent. Null: it has not been, for sure. */
  sentAt: Date | null;
  createdAt: Date;
}

export type RunningStatus = Extract<ImageStatus, 'generating' | 'cancelling'>;

/** A job that is still ours, and what its owner wants by now. */
export interface RenewedJob {
  id: string;
  status: RunningStatus;
}

export interface EnqueueOptions {
  /** At most so many images of one owner may be unfinished: queued, generating or cancelling. */
  quota: number;
}

/**
 * - `queued`: it has been made.
 * - `found`: it had been made under this id before; this is what has become of it, even if it was deleted.
 * - `over-quota`: it was not made, since its owner has so many unfinished ones.
 */
export type EnqueueResult =
  { outcome: 'queued' | 'found'; image: Image } | { outcome: 'over-quota'; unfinished: number };

export interface ClaimRequest {
  /** The process that will work on it; a name that no other process ever has. */
  runner: string;
  /** The URLs of the ComfyUI servers that it may run on. */
  servers: readonly string[];
  /** At most so many jobs are in flight on one server, counted over all processes. */
  slots: number;
  /** For so long it is ours without a `renew`, in ms of the database's clock. */
  leaseMs: number;
}

export type AdoptRequest = Pick<ClaimRequest, 'runner' | 'leaseMs'>;

export interface RenewRequest extends Pick<ClaimRequest, 'runner' | 'leaseMs'> {
  jobs: readonly HeldJob[];
}

export interface RequeueOptions {
  /** It is not claimed before so many ms of the database's clock have passed. Default 0. */
  delayMs?: number;
  /** False when it was not the job's fault, such as a server that is away: its `attempt` stays. Default true. */
  counts?: boolean;
  /** True when the server has forgotten it: `losses` goes up. Default false. */
  lost?: boolean;
}

export interface CancelResult {
  /** `cancelled`, `cancelling`, or how it had ended before. */
  status: Exclude<ImageStatus, 'queued' | 'generating'>;
  /** Whether it was this call that did it. */
  changed: boolean;
}

/** Jobs that have not ended. */
export interface Backlog {
  /** Wait for their turn. */
  readonly queued: BacklogFigures;
  /** Take a place at a server. */
  readonly inFlight: BacklogFigures;
}

export interface BacklogFigures {
  readonly jobs: number;
  /** Since the oldest of them was asked for, by the database's clock; 0 when there is none. */
  readonly oldestSeconds: number;
}
