import type { Readable } from 'node:stream';
import type { RunnerError } from './runner.errors';

/** What the runner needs to know of a job; that of the database has it all. */
export interface RunnableJob {
  /** A UUID in lower case, ours, and stored before it is sent. One that was sent is never sent again unasked. */
  promptId: string;
  prompt: string;
  negativePrompt: string | null;
  /** Decimal, up to 2^64 − 1. */
  seed: string;
  width: number;
  height: number;
}

/** A server that paints, and what is known of it now. */
export interface RunnerServer {
  /** As it is configured, and stored with the job. */
  url: string;
  /**
   * - `ready`: it answers and has everything.
   * - `incapable`: it answers, but lacks a node or a model: jobs are refused there with a reason.
   * - `away`: it does not answer, or has not been asked yet.
   */
  state: 'ready' | 'incapable' | 'away';
  /** Why it is not ready, for operators. */
  problem?: string;
}

/** An image on a server, by the server's own words; none of them is ever a path of ours. */
export interface RunnerOutput {
  filename: string;
  subfolder: string;
}

/**
 * What has become of a prompt:
 * - `unknown`: the server never had it, or has forgotten it, or it was taken out while it waited. Looked at several
 *   times, see {@link ImageJobRunner.lookUp}.
 * - `done`: there is at least one image of ours.
 * - `cancelled`: it was interrupted, by us or by an operator at the server.
 */
export type RunnerState = { status: 'unknown' } | { status: 'waiting' } | { status: 'running' } | RunnerEnd;

export type RunnerEnd =
  | { status: 'done'; outputs: readonly [RunnerOutput, ...RunnerOutput[]] }
  | { status: 'failed'; error: RunnerError }
  | { status: 'cancelled' };

/**
 * The port between jobs and what paints them: submit, look up, cancel, fetch. It claims nothing, repeats nothing and
 * keeps no state that matters; all of that is the worker's.
 *
 * Everything rejects with a `RunnerError`, or with the signal's reason once the signal is aborted, and within bounded
 * time. A server is named by the URL that `servers()` gave; one that is not configured any more is
 * `SERVER_NOT_CONFIGURED` everywhere.
 */
export abstract class ImageJobRunner {
  /** Whether there is any server at all. If not, the feature answers 503. */
  abstract readonly configured: boolean;

  /**
   * All servers: ready ones first, then incapable ones, then those that are away. New jobs go to ready ones; to
   * incapable ones only where there is no ready one, so that they fail with a reason instead of waiting for ever.
   */
  abstract servers(): readonly RunnerServer[];

  /**
   * Sends a prompt, at most once. It was accepted when this resolves, it was not when this rejects, except with the
   * kind `unknown`: then look it up before anything is sent again. The same after the signal was aborted.
   */
  abstract submit(server: string, job: RunnableJob, signal: AbortSignal): Promise<void>;

  /**
   * `unknown` is said only after it was looked at several times over some seconds: results may come late, and a
   * request whose answer was lost may still be on its way. The other states are said at once.
   */
  abstract lookUp(server: string, promptId: string, signal: AbortSignal): Promise<RunnerState>;

  /**
   * Stops a prompt, waiting or running, and resolves when that is certain: it may have ended otherwise just before.
   * `cancelled` also says that there is nothing of it on the server. Safe to repeat.
   *
   * @throws RunnerError `CANCEL_UNCONFIRMED` when the server goes on with it for longer than the limit: call again
   */
  abstract cancel(server: string, promptId: string, signal: AbortSignal): Promise<RunnerEnd>;

  /** The bytes of an output as they come, no more than the limit; read them to their end, or destroy the stream. */
  abstract fetch(server: string, output: RunnerOutput, signal: AbortSignal): Promise<Readable>;

  /**
   * Calls back with the progress of a prompt, also of one that another process has sent. Progress is an extra:
   * it can stay away, and never says that a job has ended.
   *
   * @returns a function that ends it
   */
  abstract onProgress(promptId: string, listener: (progress: number) => void): () => void;
}
