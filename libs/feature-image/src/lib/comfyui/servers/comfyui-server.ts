import type { Readable } from 'node:stream';
import type { RunnableJob, RunnerEnd, RunnerOutput, RunnerState } from '../../jobs/image-job-runner';
import { RunnerError, type RunnerErrorCode } from '../../jobs/runner.errors';
import type { ComfyUIConfig } from '../config/comfyui.config';
import { asRunnerError } from '../http/ask-json';
import { bounded } from '../http/bounded';
import { ComfyUIHttp } from '../http/comfyui-http';
import { cancelRun } from '../look-up/cancel-run';
import { WrongDialect } from '../look-up/dialect';
import { Dialects } from '../look-up/dialects';
import { lookUntilCertain } from '../look-up/look-until-certain';
import { fetchOutput } from '../output/fetch-output';
import { promptRequest } from '../submit/prompt-request';
import { sendPrompt } from '../submit/send-prompt';
import { checkWorkflow } from '../workflow/check-workflow';
import type { Workflow } from '../workflow/workflow';
import { ServerSocket } from './server-socket';
import { ServerWatch } from './server-watch';

export interface ComfyUIServerOptions {
  url: string;
  config: ComfyUIConfig;
  workflow: Workflow;
  onMessage: (type: string, data: Readonly<Record<string, unknown>>) => void;
}

/** What makes one doubt that the server is what it was. */
const DOUBTFUL: readonly RunnerErrorCode[] = [
  'SERVER_AWAY',
  'SERVER_REFUSES',
  'SERVER_ODD',
  'OUTCOME_UNKNOWN',
  // The check should have seen these.
  'MODEL_MISSING',
  'WORKFLOW_INVALID',
];

/** Everything towards one server: questions, its WebSocket, and the watch over it. */
export class ComfyUIServer {
  readonly watch: ServerWatch;
  readonly socket: ServerSocket;
  private readonly http: ComfyUIHttp;
  private readonly dialects: Dialects;
  private readonly closing = new AbortController();

  constructor(private readonly options: ComfyUIServerOptions) {
    const { url, config, workflow, onMessage } = options;
    this.http = new ComfyUIHttp(url, config.headers, config);
    this.dialects = new Dialects(this.http, workflow.output);
    this.socket = new ServerSocket({
      url,
      headers: config.headers,
      connectTimeoutMs: config.connectTimeoutMs,
      silenceMs: config.socketSilenceMs,
      onMessage,
      onLost: () => this.watch.doubt(),
    });
    this.watch = new ServerWatch({
      url,
      http: this.http,
      probeIntervalMs: config.probeIntervalMs,
      probeTimeoutMs: config.probeTimeoutMs,
      findProblems: (signal) => this.findProblems(signal),
      onBack: () => this.socket.wake(),
      onDoubt: () => this.dialects.forget(),
    });
  }

  /** @throws RunnerError; see `ImageJobRunner.submit` */
  async submit(job: RunnableJob, signal: AbortSignal): Promise<void> {
    const { workflow, config } = this.options;
    const { checkpoint } = config;
    const body = promptRequest({ workflow, checkpoint, job, clientId: this.socket.clientId });
    const accepted = await this.within(config.requestTimeoutMs, signal, (limited) =>
      sendPrompt(this.http, body, workflow, limited),
    );
    this.socket.expectNews();
    if (accepted.promptId !== job.promptId) {
      // Under an id that nobody will ever look for, so it must not run.
      await this.cancel(accepted.promptId, signal).catch(() => undefined);
      throw new RunnerError('REQUEST_REFUSED', 'The server gave the prompt another id than ours.');
    }
    if (!accepted.problem) return;
    const isStopped = await this.cancel(job.promptId, signal).then(
      () => true,
      () => false,
    );
    // If it goes on, it is accepted: it will end without an image of ours, and that will be seen.
    if (isStopped) throw accepted.problem;
  }

  lookUp(promptId: string, signal: AbortSignal): Promise<RunnerState> {
    const { forgottenAfterMs, requestTimeoutMs } = this.options.config;
    return this.within(forgottenAfterMs + 2 * requestTimeoutMs, signal, (limited) =>
      this.lookUntilCertain(promptId, limited),
    );
  }

  cancel(promptId: string, signal: AbortSignal): Promise<RunnerEnd> {
    const { cancelTimeoutMs, requestTimeoutMs } = this.options.config;
    return this.within(cancelTimeoutMs, signal, (limited) => {
      const run = {
        look: () => this.look(promptId, limited),
        lookUntilCertain: () => this.lookUntilCertain(promptId, limited),
        stop: (seen: 'waiting' | 'running') =>
          bounded(requestTimeoutMs, [limited], async (s) =>
            (await this.dialects.current(s)).stop(promptId, seen, s),
          ),
      };
      return cancelRun(run, limited);
    });
  }

  async fetch(output: RunnerOutput, signal: AbortSignal): Promise<Readable> {
    const { config } = this.options;
    return this.doubting(fetchOutput(this.http, output, config, [signal, this.closing.signal]));
  }

  async close(): Promise<void> {
    this.closing.abort(new RunnerError('SERVER_AWAY', 'This process is closing.', { reason: 'closing' }));
    this.socket.close();
    await this.watch.close();
    this.http.close();
  }

  private lookUntilCertain(promptId: string, signal: AbortSignal): Promise<RunnerState> {
    const { forgottenAfterMs } = this.options.config;
    return lookUntilCertain(() => this.look(promptId, signal), forgottenAfterMs, signal);
  }

  /** One look, by a server that may have become another one since the last. */
  private look(promptId: string, signal: AbortSignal): Promise<RunnerState> {
    return bounded(this.options.config.requestTimeoutMs, [signal], async (s) => {
      try {
        return await (await this.dialects.current(s)).look(promptId, s);
      } catch (error) {
        if (!(error instanceof WrongDialect)) throw error;
      }
      this.dialects.forget();
      return (await this.dialects.current(s)).look(promptId, s).catch((error: unknown): RunnerState => {
        if (!(error instanceof WrongDialect)) throw error;
        if (error.notFound) return { status: 'unknown' };
        throw new RunnerError('SERVER_ODD', 'The server lists jobs and does not show this one.');
      });
    });
  }

  private async findProblems(signal: AbortSignal): Promise<string[]> {
    const { workflow, config } = this.options;
    await this.dialects.current(signal);
    return checkWorkflow(this.http, workflow, config.checkpoint, signal);
  }

  private within<T>(
    timeoutMs: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.doubting(bounded(timeoutMs, [signal, this.closing.signal], work));
  }

  private async doubting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const failure = asRunnerError(error);
      const isClosing = this.closing.signal.aborted;
      if (!isClosing && failure instanceof RunnerError && DOUBTFUL.includes(failure.code)) this.watch.doubt();
      throw failure;
    }
  }
}
