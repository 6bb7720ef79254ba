import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import {
  type CharacterRepository,
  DatabaseError,
  type ImageJob,
  type ImageJobRepository,
  type RequeueOptions,
} from '@sluice/data-access-database';
import type { ImageFiles, KeptImage } from '../storage/image-files';
import type { ImageJobRunner, RunnerEnd, RunnerOutput, RunnerState } from './image-job-runner';
import type { ImageWorkerConfig } from './image-worker.options';
import { JOB_ERROR_CODES, type JobErrorCode } from './job-errors';
import { RunnerError, type RunnerErrorCode } from './runner.errors';
import { StoringTrouble } from './storing-trouble';
import { wholePrompt } from './whole-prompt';

/** A mark that is older has perhaps been read by somebody else since: this process may have stood still. */
const MARK_HOLDS_MS = 1_000;
/** What may pass while the server keeps the job. */
const AWAY: readonly RunnerErrorCode[] = ['SERVER_AWAY', 'SERVER_ODD', 'SERVER_REFUSES'];
const BACK_OFF_MS = 1_000;
const LONGEST_BACK_OFF_MS = 30_000;

export interface JobRunParts {
  readonly jobs: ImageJobRepository;
  readonly runner: ImageJobRunner;
  readonly characters: CharacterRepository;
  readonly files: ImageFiles;
  readonly config: ImageWorkerConfig;
  readonly logger: Logger;
  /** Told when something of the image is otherwise than before. */
  readonly onChange: (image: ImageJob) => void;
}

/**
 * One job in this process's hands, from the claim to its end. Every write is refused by the database when the job is
 * in other hands meanwhile; then nothing is left to do here.
 */
export class JobRun {
  readonly #hands = new AbortController();
  readonly #trouble: StoringTrouble;
  #wanted: boolean;
  /** Whether the server may have it. */
  #known: boolean;
  /** Wakes whoever waits for the next look. */
  #nudge: () => void = () => undefined;
  #awaySince: number | undefined;
  /** Since when a server that has the picture does not give it. */
  #keptBackSince: number | undefined;
  /** How often something was away, one time after the other. */
  #setbacks = 0;

  constructor(
    readonly job: ImageJob,
    private readonly parts: JobRunParts,
  ) {
    this.#wanted = job.status !== 'cancelling';
    this.#known = job.sentAt !== null;
    this.#trouble = new StoringTrouble(parts.config);
  }

  /** Its owner does not want it any more. */
  cancel(): void {
    this.#wanted = false;
    this.#nudge();
  }

  /** It is in other hands: stop, and write nothing. */
  letGo(): void {
    this.#hands.abort();
    this.#nudge();
  }

  /** Never rejects. While the database is away it goes on: as long as nobody else can have the job, it is ours. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        return await this.#toItsEnd();
      } catch (error) {
        if (this.#signal.aborted) return;
        const mayPass =
          error instanceof DatabaseError &&
          (error.code === 'DATABASE_UNAVAILABLE' || error.code === 'DATABASE_TIMEOUT');
        if (!mayPass) {
          // Its lease runs out, which counts as a loss: so this, too, has an end.
          this.parts.logger.warn(`image ${this.job.id} is left to the next one: ${nameOf(error)}`);
          return;
        }
        await this.#setBack(error);
      }
    }
  }

  get #signal(): AbortSignal {
    return this.#hands.signal;
  }

  async #toItsEnd(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        if (this.job.losses >= this.parts.config.losses) return await this.#giveUp();
        if (!this.#wanted) return await this.#takeBack();
        if (!this.#known) {
          this.#known = await this.#send();
          if (!this.#known) continue;
        }
        const end = await this.#follow();
        if (end) return await this.#finish(end);
        // The server has forgotten it, or never had it: it is painted anew, under another id.
        return await this.#again({ delayMs: backOff(this.job.losses), counts: false, lost: true });
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!(error instanceof RunnerError)) throw error;
        if (error.kind === 'unknown') this.#known = true;
        else if (this.#known && this.#mayComeBack(error)) await this.#wait(this.parts.config.poll * 2);
        else return await this.#failed(error);
      }
    }
  }

  /** @returns false when it is to be taken back instead */
  async #send(): Promise<boolean> {
    const { jobs, runner, characters } = this.parts;
    const { characterId } = this.job;
    const character = characterId === null ? null : await characters.findById(characterId);
    const job = { ...this.job, prompt: wholePrompt(this.job, character) };
    for (;;) {
      const markedAt = Date.now();
      const status = await jobs.markSent(this.job);
      if (status === null) {
        this.letGo();
        return false;
      }
      if (status === 'cancelling') {
        this.#wanted = false;
        return false;
      }
      // Had we been stopped in between, the job could be in other hands and on the server already.
      if (Date.now() - markedAt > MARK_HOLDS_MS) continue;
      await runner.submit(job.server, job, this.#signal);
      return true;
    }
  }

  /** @returns how it ended, also when it was stopped meanwhile; undefined when the server does not know it */
  async #follow(): Promise<RunnerEnd | undefined> {
    const { runner, config } = this.parts;
    while (this.#wanted && !this.#signal.aborted) {
      const state: RunnerState = await runner.lookUp(this.job.server, this.job.promptId, this.#signal);
      this.#awaySince = undefined;
      this.#setbacks = 0;
      if (state.status === 'unknown') return undefined;
      if (state.status !== 'waiting' && state.status !== 'running') return state;
      await this.#wait(config.poll);
    }
    this.#signal.throwIfAborted();
    return this.#stop();
  }

  async #takeBack(): Promise<void> {
    if (!this.#known) return this.#end(this.parts.jobs.markCancelled(this.job));
    await this.#finish(await this.#stop());
  }

  /** What it may have done to those who had it, it shall not do to us: its picture is not even fetched. */
  async #giveUp(): Promise<void> {
    if (this.#known) await this.#stop();
    await this.#failAs('PROCESS_LOST');
  }

  /** Goes on until the server confirms: the card is not to be left working for nobody. */
  #stop(): Promise<RunnerEnd> {
    return this.parts.runner.cancel(this.job.server, this.job.promptId, this.#signal);
  }

  async #finish(end: RunnerEnd): Promise<void> {
    const { jobs } = this.parts;
    if (end.status === 'done') {
      const file = await this.#keep(end.outputs[0]);
      return file ? this.#end(jobs.complete(this.job, file)) : this.#failAs('NOT_STORED');
    }
    if (end.status === 'failed') return this.#failed(end.error);
    return this.#failAs('INTERRUPTED');
  }

  /** @returns undefined when it cannot be stored, or need not any more */
  async #keep(output: RunnerOutput): Promise<KeptImage | undefined> {
    const { runner, files } = this.parts;
    const { width, height, server } = this.job;
    for (;;) {
      try {
        const source = await runner.fetch(server, output, this.#signal);
        return await files.keep(source, { width, height, signal: this.#signal });
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof RunnerError) throw this.#keptBack(error);
        if (this.#trouble.next(error) === 'never' || !this.#wanted) return undefined;
        await this.#setBack(error);
      }
    }
  }

  /** What answers every question but this one has no picture for us, however long we ask. */
  #keptBack(error: RunnerError): RunnerError {
    if (!AWAY.includes(error.code)) return error;
    this.#keptBackSince ??= Date.now();
    if (Date.now() - this.#keptBackSince < this.parts.config.serverPatience) return error;
    const what = 'The server does not give the picture.';
    return new RunnerError('OUTPUT_MISSING', what, { reason: error.reason, cause: error });
  }

  /** Whether to ask the same server again: it may be restarting, and has our job. */
  #mayComeBack(error: RunnerError): boolean {
    if (error.code === 'CANCEL_UNCONFIRMED') return true;
    if (!AWAY.includes(error.code)) return false;
    this.#awaySince ??= Date.now();
    return Date.now() - this.#awaySince < this.parts.config.serverPatience;
  }

  async #failed(error: RunnerError): Promise<void> {
    const { config } = this.parts;
    const notOurs = error.code.startsWith('SERVER_');
    const tries = Math.min(config.attempts, error.retries + 1);
    if (this.#wanted && error.kind === 'retryable' && (notOurs || this.job.attempt < tries)) {
      return this.#again({ delayMs: backOff(this.job.attempt - 1), counts: !notOurs });
    }
    return this.#failWith(error.code, error.words, error.reason);
  }

  #failAs(code: JobErrorCode): Promise<void> {
    return this.#failWith(code, JOB_ERROR_CODES[code].words);
  }

  /** Or cancelled, if its owner has asked for that. */
  #failWith(code: string, message: string, reason = ''): Promise<void> {
    const { jobs, logger } = this.parts;
    if (!this.#wanted) return this.#end(jobs.markCancelled(this.job));
    logger.warn(`image ${this.job.id} failed: ${code} ${reason}`.trimEnd());
    return this.#end(jobs.fail(this.job, { code, message }));
  }

  async #again(options: RequeueOptions): Promise<void> {
    await this.parts.jobs.requeue(this.job, options);
    this.parts.onChange(this.job);
  }

  async #end(written: Promise<boolean>): Promise<void> {
    if (await written) this.parts.onChange(this.job);
  }

  /** Until it is tried again, a little later each time. */
  async #setBack(error: unknown): Promise<void> {
    if (this.#setbacks === 0) this.parts.logger.warn(`image ${this.job.id} has to wait: ${nameOf(error)}`);
    await this.#wait(backOff(this.#setbacks++));
  }

  async #wait(ms: number): Promise<void> {
    const over = new AbortController();
    this.#nudge = () => over.abort();
    if (this.#signal.aborted) return;
    // Several processes do not ask in step.
    await pause(ms * (0.8 + Math.random() * 0.4), undefined, { signal: over.signal }).catch(() => undefined);
  }
}

/** @param times how often it went wrong before this time */
function backOff(times: number): number {
  return Math.min(BACK_OFF_MS * 2 ** times, LONGEST_BACK_OFF_MS);
}

function nameOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown error';
}
