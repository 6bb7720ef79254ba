import type { RunnerEnd, RunnerState } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';
import { isLate, pause } from '../http/bounded';

export interface Cancelling {
  look(): Promise<RunnerState>;
  lookUntilCertain(): Promise<RunnerState>;
  stop(seen: 'waiting' | 'running'): Promise<void>;
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 500;

/**
 * Tells the server to stop until it has. Once is not enough: an interrupt between two prompts is lost, a node hears of
 * it only when it reports progress, and a job that waits when it is looked at may run when it is taken out.
 *
 * @throws RunnerError `CANCEL_UNCONFIRMED` when the signal's time was over before
 */
export async function cancelRun(run: Cancelling, signal: AbortSignal): Promise<RunnerEnd> {
  try {
    return await repeatUntilOver(run, signal);
  } catch (error) {
    if (!isLate(signal)) throw error;
    throw new RunnerError('CANCEL_UNCONFIRMED', 'The server was told to stop again and again and has not.');
  }
}

async function repeatUntilOver(run: Cancelling, signal: AbortSignal): Promise<RunnerEnd> {
  // One that was never seen may still be coming. One that was seen and is gone was taken out, and leaves no trace.
  let state = await run.lookUntilCertain();
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(ms * 2, LONGEST_PAUSE_MS)) {
    if (state.status === 'unknown') return { status: 'cancelled' };
    if (state.status !== 'waiting' && state.status !== 'running') return state;
    await run.stop(state.status);
    await pause(ms, signal);
    state = await run.look();
  }
}
