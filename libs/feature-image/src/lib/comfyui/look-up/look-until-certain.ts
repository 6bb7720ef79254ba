import type { RunnerState } from '../../jobs/image-job-runner';
import { pause } from '../http/bounded';

const FIRST_PAUSE_MS = 100;

/**
 * Looks again and again while the server says that it knows nothing, until that has lasted for `forgottenAfterMs`.
 * A result can come late, and a request whose answer was lost can still be in the server's hands.
 */
export async function lookUntilCertain(
  look: () => Promise<RunnerState>,
  forgottenAfterMs: number,
  signal: AbortSignal,
): Promise<RunnerState> {
  const startedAt = performance.now();
  for (let ms = FIRST_PAUSE_MS; ; ms *= 2) {
    const state = await look();
    const left = forgottenAfterMs - (performance.now() - startedAt);
    if (state.status !== 'unknown' || left <= 0) return state;
    await pause(Math.min(ms, left), signal);
  }
}
