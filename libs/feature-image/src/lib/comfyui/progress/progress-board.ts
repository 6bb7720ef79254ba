import { Logger } from '@nestjs/common';
import type { Workflow } from '../workflow/workflow';
import { OverallProgress } from './overall-progress';

export type ProgressListener = (progress: number) => void;

/** A prompt that this process has sent, or that somebody here listens to. */
interface Run {
  /** Of prompts that this process has sent: only their events come to it. */
  sent?: OverallProgress;
  progress: number | undefined;
  readonly listeners: Set<ProgressListener>;
}

/** More than any process has in flight; beyond it the oldest that nobody listens to is given up. */
const MOST_RUNS = 10_000;

/** The progress of prompts, from whoever tells it. It never goes back. */
export class ProgressBoard {
  private readonly logger = new Logger('ComfyUI');
  private readonly runs = new Map<string, Run>();

  /** @param onOwnProgress hears of the prompts that this process has sent */
  constructor(
    private readonly workflow: Workflow,
    private readonly onOwnProgress: (promptId: string, progress: number) => void,
  ) {}

  sent(promptId: string): void {
    const run = this.runOf(promptId);
    run.sent = new OverallProgress(this.workflow);
    for (const [id, { listeners }] of this.runs) {
      if (this.runs.size <= MOST_RUNS) break;
      if (listeners.size === 0 && id !== promptId) this.runs.delete(id);
    }
  }

  /** It has ended, or is nobody's any more. */
  ended(promptId: string): void {
    const run = this.runs.get(promptId);
    if (!run) return;
    delete run.sent;
    if (run.listeners.size === 0) this.runs.delete(promptId);
  }

  /** An event of a server's WebSocket. Those of prompts that others have sent come too, and are passed over. */
  heard(type: string, data: Readonly<Record<string, unknown>>): void {
    const promptId = data['prompt_id'];
    const run = typeof promptId === 'string' ? this.runs.get(promptId) : undefined;
    if (typeof promptId !== 'string' || !run?.sent) return;
    if (type === 'execution_cached') run.sent.cached(data['nodes']);
    else if (type === 'progress_state') run.sent.told(data['nodes']);
    else return;
    const { value } = run.sent;
    if (this.raise(run, value)) this.onOwnProgress(promptId, value);
  }

  /** What another process has heard. */
  told(promptId: string, progress: number): void {
    const run = this.runs.get(promptId);
    if (run) this.raise(run, progress);
  }

  /** The last that was heard of it. */
  of(promptId: string): number | undefined {
    return this.runs.get(promptId)?.progress;
  }

  listen(promptId: string, listener: ProgressListener): () => void {
    const run = this.runOf(promptId);
    run.listeners.add(listener);
    return () => {
      run.listeners.delete(listener);
      if (run.listeners.size === 0 && !run.sent && this.runs.get(promptId) === run)
        this.runs.delete(promptId);
    };
  }

  private runOf(promptId: string): Run {
    const known = this.runs.get(promptId);
    if (known) return known;
    const run: Run = { progress: undefined, listeners: new Set() };
    this.runs.set(promptId, run);
    return run;
  }

  /** @returns whether it is more than before */
  private raise(run: Run, progress: number): boolean {
    if (!(progress > (run.progress ?? -1)) || progress > 1) return false;
    run.progress = progress;
    for (const listener of run.listeners) {
      try {
        listener(progress);
      } catch (error) {
        this.logger.error(
          `a listener of progress failed: ${error instanceof Error ? error.name : 'unknown'}`,
        );
      }
    }
    return true;
  }
}
