import { Logger } from '@nestjs/common';
import { z } from 'zod';
import type { RunnerServer } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';
import { askJson } from '../http/ask-json';
import { bounded } from '../http/bounded';
import type { ComfyUIHttp } from '../http/comfyui-http';
import { HttpFailure } from '../http/http-failure';

export interface ServerWatchOptions {
  url: string;
  http: ComfyUIHttp;
  probeIntervalMs: number;
  probeTimeoutMs: number;
  /** What is wrong with it though it answers; asked when it comes, and from time to time while there is something. */
  findProblems: (signal: AbortSignal) => Promise<string[]>;
  /** It answers, and did not before. */
  onBack: () => void;
  /** It does not answer, or may have been another one meanwhile. */
  onDoubt: () => void;
}

const DOUBT_EVERY_MS = 1_000;

const stats = z.object({ system: z.object({ comfyui_version: z.string().max(64).optional() }) });

/** Asks a server again and again whether it is there and has what is needed. */
export class ServerWatch {
  private readonly logger = new Logger('ComfyUI');
  private readonly closing = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private probing: Promise<void> | undefined;
  private probeAgain = false;
  private checked = false;
  private doubtedAt = -Infinity;
  private wasLate = false;
  private server: RunnerServer;
  /** As it calls itself; undefined while nobody has been able to ask. */
  version: string | undefined;

  constructor(private readonly options: ServerWatchOptions) {
    this.server = { url: options.url, state: 'away', problem: 'has not been asked yet' };
  }

  get state(): RunnerServer {
    return this.server;
  }

  start(): void {
    this.probe();
  }

  /**
   * It did not answer somebody, or refused what it should have: it is asked at once, and all that was known of it is
   * asked again.
   */
  doubt(): void {
    this.checked = false;
    this.options.onDoubt();
    // Everybody who polls comes here while it is away.
    const now = performance.now();
    if (now - this.doubtedAt < Math.min(DOUBT_EVERY_MS, this.options.probeIntervalMs)) return;
    this.doubtedAt = now;
    this.probe();
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.timer);
    await this.probing;
  }

  private probe(): void {
    if (this.closing.signal.aborted) return;
    if (this.probing) {
      this.probeAgain = true;
      return;
    }
    clearTimeout(this.timer);
    this.probing = this.ask().finally(() => {
      this.probing = undefined;
      if (this.closing.signal.aborted) return;
      if (this.probeAgain) {
        this.probeAgain = false;
        this.probe();
      } else {
        this.timer = setTimeout(() => this.probe(), this.options.probeIntervalMs).unref();
      }
    });
  }

  private async ask(): Promise<void> {
    const { url, http, probeTimeoutMs, findProblems } = this.options;
    try {
      this.version = await bounded(probeTimeoutMs, [this.closing.signal], (signal) =>
        versionOf(http, signal),
      );
      this.wasLate = false;
      if (this.checked && this.server.state === 'ready') return;
      // Before they are asked: a doubt that comes meanwhile wants them asked again.
      this.checked = true;
      const problems = await bounded(probeTimeoutMs * 5, [this.closing.signal], findProblems);
      this.become(
        problems.length === 0
          ? { url, state: 'ready' }
          : { url, state: 'incapable', problem: problems.join('; ') },
      );
    } catch (error) {
      if (this.closing.signal.aborted) return;
      this.checked = false;
      this.options.onDoubt();
      // One that paints can be too busy for once to answer. One that is gone mostly says so.
      const isOnlyLate = isLateAnswer(error) && !this.wasLate && this.server.state !== 'away';
      this.wasLate = isLateAnswer(error);
      if (isOnlyLate) this.probeAgain = true;
      else this.become({ url, state: 'away', problem: describe(error) });
    }
  }

  private become(next: RunnerServer): void {
    const before = this.server;
    this.server = next;
    const changed = before.state !== next.state || before.problem !== next.problem;
    if (changed) this.tell(next);
    if (before.state === 'away' && next.state !== 'away') this.options.onBack();
  }

  private tell({ url, state, problem }: RunnerServer): void {
    if (state === 'ready')
      this.logger.log(`${url} is ready (ComfyUI ${this.version ?? 'of unknown version'})`);
    else if (state === 'away') this.logger.warn(`${url} is away: ${problem}`);
    else this.logger.error(`${url} CANNOT PAINT: ${problem}`);
  }
}

async function versionOf(http: ComfyUIHttp, signal: AbortSignal): Promise<string | undefined> {
  const { status, body } = await askJson(http, { path: '/system_stats', signal });
  const parsed = stats.safeParse(body);
  if (status === 200 && parsed.success) return parsed.data.system.comfyui_version;
  throw new RunnerError('SERVER_ODD', 'What answers is no ComfyUI.', { reason: String(status) });
}

function isLateAnswer(error: unknown): boolean {
  return error instanceof RunnerError && error.cause instanceof HttpFailure && error.cause.kind === 'late';
}

function describe(error: unknown): string {
  if (!(error instanceof RunnerError)) return 'the question failed';
  return error.reason === undefined ? error.code : `${error.code}, ${error.reason}`;
}
