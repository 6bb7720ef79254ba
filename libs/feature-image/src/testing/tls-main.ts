import { Logger } from '@nestjs/common';
import { ComfyUIJobRunnerAdapter } from '../lib/comfyui/comfyui-job-runner.adapter';
import { resolveComfyUIConfig } from '../lib/comfyui/config/comfyui.config';
import { CHECKPOINT, ended, someJob, unhurried } from './comfyui-app';
import { pollUntil } from './poll-until';

export interface Painted {
  status?: string;
  progress?: number;
  /** Why the server was not ready. */
  problem?: string | undefined;
}

/** Paints one image on the server whose URL is given; in a process of its own, since whom to trust is told at its start. */
async function paint(url: string): Promise<Painted> {
  Logger.overrideLogger(false);
  const config = resolveComfyUIConfig({ urls: [url], checkpoint: CHECKPOINT, probeIntervalMs: 50 });
  const runner = new ComfyUIJobRunnerAdapter(config);
  runner.onModuleInit();
  try {
    const state = () => runner.servers()[0];
    await pollUntil(() => state()?.problem !== 'has not been asked yet');
    if (state()?.state !== 'ready') return { problem: state()?.problem };
    const job = someJob();
    let progress = 0;
    // The first may come before the WebSocket is there.
    runner.onProgress(job.promptId, (value) => (progress = value));
    await runner.submit(url, job, unhurried);
    const end = await ended(runner, url, job.promptId);
    return { status: end.status, progress };
  } finally {
    await runner.onApplicationShutdown();
  }
}

void paint(process.argv[2] ?? '').then((result) => console.log(JSON.stringify(result)));
