import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { REDIS_CLIENT, type RedisClient } from '@sluice/data-access-redis';
import {
  ImageJobRunner,
  type RunnableJob,
  type RunnerEnd,
  type RunnerOutput,
  type RunnerServer,
  type RunnerState,
} from '../jobs/image-job-runner';
import { RunnerError } from '../jobs/runner.errors';
import { COMFYUI_CONFIG, type ComfyUIConfig } from './config/comfyui.config';
import { ProgressBoard } from './progress/progress-board';
import { SharedProgress } from './progress/shared-progress';
import { ComfyUIServer } from './servers/comfyui-server';
import { checkPromptId } from './submit/prompt-request';
import { loadWorkflow } from './workflow/load-workflow';
import type { Workflow } from './workflow/workflow';

/** Injection token of the `Workflow` that is sent; the one that comes with the library if nobody provides another. */
export const COMFYUI_WORKFLOW = Symbol('COMFYUI_WORKFLOW');

const ORDER: readonly RunnerServer['state'][] = ['ready', 'incapable', 'away'];

/** Paints images on ComfyUI servers, of versions with `/api/jobs` and without. */
@Injectable()
export class ComfyUIJobRunnerAdapter extends ImageJobRunner implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ComfyUI');
  private readonly byUrl: ReadonlyMap<string, ComfyUIServer>;
  private readonly board: ProgressBoard;
  private readonly shared: SharedProgress;

  constructor(
    @Inject(COMFYUI_CONFIG) private readonly config: ComfyUIConfig,
    @Optional() @Inject(REDIS_CLIENT) redis?: RedisClient,
    @Optional() @Inject(COMFYUI_WORKFLOW) workflow: Workflow = loadWorkflow('text-to-image'),
  ) {
    super();
    this.shared = new SharedProgress(redis);
    this.board = new ProgressBoard(workflow, (promptId, progress) => this.shared.report(promptId, progress));
    const onMessage = (type: string, data: Readonly<Record<string, unknown>>) => this.board.heard(type, data);
    this.byUrl = new Map(
      config.urls.map((url) => [url, new ComfyUIServer({ url, config, workflow, onMessage })]),
    );
  }

  get configured(): boolean {
    return this.byUrl.size > 0;
  }

  onModuleInit(): void {
    for (const warning of this.config.warnings) this.logger.warn(warning);
    if (!this.configured) this.logger.warn('COMFYUI_URLS is not set: images cannot be made.');
    for (const { watch } of this.byUrl.values()) watch.start();
    if (this.configured) this.shared.listen((promptId, progress) => this.board.told(promptId, progress));
  }

  /** After the worker has handed its jobs over, and before Redis is closed. */
  async onApplicationShutdown(): Promise<void> {
    this.shared.close();
    await Promise.all([...this.byUrl.values()].map((server) => server.close()));
  }

  servers(): readonly RunnerServer[] {
    return [...this.byUrl.values()]
      .map(({ watch }) => watch.state)
      .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  }

  async submit(server: string, job: RunnableJob, signal: AbortSignal): Promise<void> {
    const target = this.server(server);
    // Before it is sent: the first events come before the answer does.
    this.board.sent(job.promptId);
    try {
      await target.submit(job, signal);
    } catch (error) {
      // It may be running all the same, and then its events are welcome.
      if (!(error instanceof RunnerError) || error.kind !== 'unknown') this.forget(job.promptId);
      throw error;
    }
  }

  async lookUp(server: string, promptId: string, signal: AbortSignal): Promise<RunnerState> {
    checkPromptId(promptId);
    const state = await this.server(server).lookUp(promptId, signal);
    if (state.status !== 'waiting' && state.status !== 'running') this.forget(promptId);
    return state;
  }

  async cancel(server: string, promptId: string, signal: AbortSignal): Promise<RunnerEnd> {
    checkPromptId(promptId);
    const end = await this.server(server).cancel(promptId, signal);
    this.forget(promptId);
    return end;
  }

  async fetch(server: string, output: RunnerOutput, signal: AbortSignal): Promise<Readable> {
    return this.server(server).fetch(output, signal);
  }

  onProgress(promptId: string, listener: (progress: number) => void): () => void {
    return this.board.listen(promptId, listener);
  }

  /** @throws RunnerError `SERVER_NOT_CONFIGURED`: our header goes nowhere else */
  private server(url: string): ComfyUIServer {
    const server = this.byUrl.get(url);
    if (server) return server;
    throw new RunnerError('SERVER_NOT_CONFIGURED', 'COMFYUI_URLS does not name the server of this job.');
  }

  private forget(promptId: string): void {
    this.board.ended(promptId);
    this.shared.ended(promptId);
  }
}
