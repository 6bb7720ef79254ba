import { z } from 'zod';
import type { RunnerState } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';
import { askJson, asRunnerError, refuseFailures } from '../http/ask-json';
import type { ComfyUIHttp } from '../http/comfyui-http';
import { type Dialect, WrongDialect } from './dialect';
import { runFailure } from './run-failure';
import { doneWith } from './run-outputs';

const job = z.object({
  id: z.string(),
  status: z.string(),
  outputs: z.unknown().optional(),
  execution_error: z.unknown().optional(),
});
const notFound = z.object({ error: z.string() });

/** It has the workflow in it, and the error with the inputs of the node. */
const MAX_JOB_BYTES = 16 * 2 ** 20;

/** Servers with `/api/jobs`: one question tells all, at one moment. */
export class JobsDialect implements Dialect {
  readonly name = 'jobs';

  constructor(
    private readonly http: ComfyUIHttp,
    private readonly outputNode: string,
    /** For servers that list jobs but have no route to cancel one. */
    private readonly older: Dialect,
  ) {}

  async look(promptId: string, signal: AbortSignal): Promise<RunnerState> {
    const path = `/api/jobs/${promptId}`;
    const { status, body } = await askJson(this.http, { path, signal, maxBytes: MAX_JOB_BYTES });
    if (status === 404) {
      const said = notFound.safeParse(body).data?.error;
      // Any proxy can answer 404. Only this is certainly ComfyUI.
      if (said === 'Job not found') return { status: 'unknown' };
      throw new WrongDialect(said !== undefined);
    }
    const parsed = job.safeParse(body);
    if (status !== 200 || !parsed.success || parsed.data.id !== promptId) throw new WrongDialect(false);
    return this.stateOf(parsed.data);
  }

  async stop(promptId: string, seen: 'waiting' | 'running', signal: AbortSignal): Promise<void> {
    const answer = await this.http
      .post('{}', { path: `/api/jobs/${promptId}/cancel`, signal })
      .catch((error: unknown) => {
        throw asRunnerError(error);
      });
    if (answer.status === 404 || answer.status === 405) return this.older.stop(promptId, seen, signal);
    refuseFailures(answer);
  }

  private stateOf({ status, outputs, execution_error }: z.infer<typeof job>): RunnerState {
    switch (status) {
      case 'pending':
        return { status: 'waiting' };
      case 'in_progress':
        return { status: 'running' };
      case 'completed':
        return doneWith(outputs, this.outputNode);
      case 'failed':
        return { status: 'failed', error: runFailure(execution_error) };
      case 'cancelled':
        return { status: 'cancelled' };
      default:
        throw new RunnerError('SERVER_ODD', 'The server names a state of jobs that we do not know.');
    }
  }
}
