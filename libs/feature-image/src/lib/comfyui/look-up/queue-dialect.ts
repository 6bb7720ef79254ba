import { z } from 'zod';
import type { RunnerEnd, RunnerState } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';
import { askJson, asRunnerError, refuseFailures } from '../http/ask-json';
import type { ComfyUIHttp } from '../http/comfyui-http';
import type { Dialect } from './dialect';
import { runFailure } from './run-failure';
import { doneWith } from './run-outputs';

/** `[number, prompt_id, prompt, extra_data, outputs]`; everybody's jobs are in it, whatever is wrong with them. */
const items = z.array(z.unknown());
const queue = z.object({ queue_running: items, queue_pending: items });
const entry = z.object({
  outputs: z.unknown().optional(),
  status: z
    .object({ status_str: z.string(), messages: z.array(z.tuple([z.string()], z.unknown())).catch([]) })
    .nullish(),
});

/** Everybody's graphs are in the queue. */
const MAX_QUEUE_BYTES = 64 * 2 ** 20;
const MAX_ENTRY_BYTES = 16 * 2 ** 20;

/**
 * All servers speak it: `/queue` for what waits and runs, `/history` for what has ended. A job goes from the one to the
 * other, so it is looked for in this order, and what is in neither is `unknown`: never done.
 */
export class QueueDialect implements Dialect {
  readonly name = 'queue';

  constructor(
    private readonly http: ComfyUIHttp,
    private readonly outputNode: string,
  ) {}

  async look(promptId: string, signal: AbortSignal): Promise<RunnerState> {
    const unfinished = await this.lookInQueue(promptId, signal).catch((error: unknown) => {
      // Others have filled it beyond reading. What has ended can still be told.
      if (error instanceof RunnerError && error.code === 'SERVER_ODD') return error;
      throw error;
    });
    if (unfinished && !(unfinished instanceof RunnerError)) return unfinished;
    const ended = await this.lookInHistory(promptId, signal);
    if (ended) return ended;
    if (unfinished) throw unfinished;
    return { status: 'unknown' };
  }

  async stop(promptId: string, seen: 'waiting' | 'running', signal: AbortSignal): Promise<void> {
    // To servers that do not know targeted interrupts it is one for whatever runs: so only when that is ours.
    const [path, body] =
      seen === 'waiting' ? ['/queue', { delete: [promptId] }] : ['/interrupt', { prompt_id: promptId }];
    const answer = await this.http.post(JSON.stringify(body), { path, signal }).catch((error: unknown) => {
      throw asRunnerError(error);
    });
    refuseFailures(answer);
  }

  private async lookInQueue(promptId: string, signal: AbortSignal): Promise<RunnerState | undefined> {
    const { body } = await askJson(this.http, { path: '/queue', signal, maxBytes: MAX_QUEUE_BYTES });
    const parsed = queue.safeParse(body);
    if (!parsed.success) throw odd('queue');
    const isOurs = (item: unknown) => Array.isArray(item) && item[1] === promptId;
    if (parsed.data.queue_running.some(isOurs)) return { status: 'running' };
    if (parsed.data.queue_pending.some(isOurs)) return { status: 'waiting' };
    return undefined;
  }

  private async lookInHistory(promptId: string, signal: AbortSignal): Promise<RunnerEnd | undefined> {
    const path = `/history/${promptId}`;
    const { body } = await askJson(this.http, { path, signal, maxBytes: MAX_ENTRY_BYTES });
    const history = z.record(z.string(), z.unknown()).safeParse(body);
    if (!history.success) throw odd('history');
    const found = history.data[promptId];
    if (found === undefined) return undefined;
    const parsed = entry.safeParse(found);
    if (!parsed.success) throw odd('history');
    return this.endOf(parsed.data);
  }

  /** A failed run and an interrupted one differ by their last message only. */
  private endOf({ outputs, status }: z.infer<typeof entry>): RunnerEnd {
    if (status?.status_str !== 'error') return doneWith(outputs, this.outputNode);
    if (status.messages.at(-1)?.[0] === 'execution_interrupted') return { status: 'cancelled' };
    const error = status.messages.findLast(([name]) => name === 'execution_error')?.[1];
    return { status: 'failed', error: runFailure(error) };
  }
}

function odd(what: string): RunnerError {
  return new RunnerError('SERVER_ODD', `The ${what} that the server tells is none.`);
}
