import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisModule, type RedisModuleOptions } from '@sluice/data-access-redis';
import { ComfyUIJobRunnerAdapter, COMFYUI_WORKFLOW } from '../lib/comfyui/comfyui-job-runner.adapter';
import {
  COMFYUI_CONFIG,
  type ComfyUIOptions,
  resolveComfyUIConfig,
} from '../lib/comfyui/config/comfyui.config';
import type { Workflow } from '../lib/comfyui/workflow/workflow';
import type { RunnableJob, RunnerState } from '../lib/jobs/image-job-runner';
import { pollUntil } from './poll-until';

/** What the simulator calls its only model. */
export const CHECKPOINT = 'sluice-simulator.safetensors';

export interface ComfyUIApp {
  readonly runner: ComfyUIJobRunnerAdapter;
  close(): Promise<void>;
}

export interface ComfyUIAppOptions extends ComfyUIOptions {
  workflow?: Workflow;
  /** With Redis, as one of several processes; they share what they have under one prefix. */
  redis?: RedisModuleOptions;
}

const open = new Set<TestingModule>();

/** An adapter with times that tests can wait for, in a module of its own. */
export async function comfyUIApp({ workflow, redis, ...options }: ComfyUIAppOptions): Promise<ComfyUIApp> {
  const config = resolveComfyUIConfig({
    checkpoint: CHECKPOINT,
    connectTimeoutMs: 20_000,
    requestTimeoutMs: 5_000,
    forgottenAfterMs: 300,
    probeIntervalMs: 100,
    probeTimeoutMs: 20_000,
    socketSilenceMs: 300,
    ...options,
  });
  const module = await Test.createTestingModule({
    imports: redis ? [RedisModule.forRoot(redis)] : [],
    providers: [
      { provide: COMFYUI_CONFIG, useValue: config },
      ...(workflow ? [{ provide: COMFYUI_WORKFLOW, useValue: workflow }] : []),
      ComfyUIJobRunnerAdapter,
    ],
  }).compile();
  module.useLogger(false);
  await module.init();
  open.add(module);
  const close = async () => {
    open.delete(module);
    await module.close();
  };
  return { runner: module.get(ComfyUIJobRunnerAdapter), close };
}

export async function closeComfyUIApps(): Promise<void> {
  await Promise.all([...open].map((module) => module.close()));
  open.clear();
}

/** An adapter whose only server is known to be ready. */
export async function readyApp(
  url: string,
  options: ComfyUIAppOptions = {},
): Promise<ComfyUIJobRunnerAdapter> {
  const { runner } = await comfyUIApp({ urls: [url], ...options });
  await pollUntil(() => runner.servers()[0]?.state === 'ready');
  return runner;
}

let seed = 0;

/** A job of its own; a small picture, so that painting is quick. */
export function someJob(job: Partial<RunnableJob> = {}): RunnableJob {
  return {
    promptId: randomUUID(),
    prompt: 'a lighthouse at dusk',
    negativePrompt: null,
    seed: String(++seed),
    width: 64,
    height: 64,
    ...job,
  };
}

/** A signal for calls that nobody aborts. */
export const unhurried: AbortSignal = new AbortController().signal;

/** Looks until it is neither waiting nor running. */
export async function ended(
  runner: ComfyUIJobRunnerAdapter,
  server: string,
  promptId: string,
): Promise<RunnerState> {
  let state: RunnerState = { status: 'waiting' };
  await pollUntil(async () => {
    state = await runner.lookUp(server, promptId, unhurried);
    return state.status !== 'waiting' && state.status !== 'running';
  });
  return state;
}

/** Looks until it runs. */
export function running(runner: ComfyUIJobRunnerAdapter, server: string, promptId: string): Promise<void> {
  return pollUntil(async () => (await runner.lookUp(server, promptId, unhurried)).status === 'running');
}
