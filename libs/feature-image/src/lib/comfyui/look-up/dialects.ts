import { z } from 'zod';
import { RunnerError } from '../../jobs/runner.errors';
import { askJson } from '../http/ask-json';
import type { ComfyUIHttp } from '../http/comfyui-http';
import type { Dialect } from './dialect';
import { JobsDialect } from './jobs-dialect';
import { QueueDialect } from './queue-dialect';

const jobList = z.object({ jobs: z.array(z.unknown()) });

/** Which dialect a server speaks: asked once, and again after it was away, for it may have come back as another. */
export class Dialects {
  private readonly queue: QueueDialect;
  private readonly jobs: JobsDialect;
  private known: Dialect | undefined;

  constructor(
    private readonly http: ComfyUIHttp,
    outputNode: string,
  ) {
    this.queue = new QueueDialect(http, outputNode);
    this.jobs = new JobsDialect(http, outputNode, this.queue);
  }

  /** @throws RunnerError when it cannot be told */
  async current(signal: AbortSignal): Promise<Dialect> {
    this.known ??= await this.ask(signal);
    return this.known;
  }

  forget(): void {
    this.known = undefined;
  }

  private async ask(signal: AbortSignal): Promise<Dialect> {
    const question = { path: '/api/jobs', query: { limit: '1' }, signal, maxBytes: 16 * 2 ** 20 };
    const { status, body } = await askJson(this.http, question);
    if (status === 404 || status === 405) return this.queue;
    if (status === 200 && jobList.safeParse(body).success) return this.jobs;
    throw new RunnerError('SERVER_ODD', 'The server does not say whether it lists jobs.', {
      reason: String(status),
    });
  }
}
