import { setTimeout as sleep } from 'node:timers/promises';
import { HttpFailure } from './http-failure';

export interface Limit {
  readonly signal: AbortSignal;
  /** Lets go of the timer and of the other signals. */
  release(): void;
}

/**
 * A signal that is aborted by any of `signals`, with their reason, or when the time is over, with an `HttpFailure` of
 * the kind `late`. It must be released.
 */
export function limit(timeoutMs: number, signals: readonly AbortSignal[]): Limit {
  // AbortSignal.any would do, but on Node 20 it leaks through signals that live as long as the process.
  const controller = new AbortController();
  const stop = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  const timer = setTimeout(() => controller.abort(new HttpFailure('late', `${timeoutMs} ms`)), timeoutMs);
  for (const signal of signals) signal.addEventListener('abort', stop);
  if (signals.some(({ aborted }) => aborted)) stop();
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', stop);
    },
  };
}

/** Runs `work` under such a limit. `work` has to end when its signal says so; everything that waits here does. */
export async function bounded<T>(
  timeoutMs: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, release } = limit(timeoutMs, signals);
  try {
    signal.throwIfAborted();
    return await work(signal);
  } finally {
    release();
  }
}

/** Waits, and rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** Whether it was the time, and no caller, that ended it. */
export function isLate(signal: AbortSignal): boolean {
  return signal.reason instanceof HttpFailure && signal.reason.kind === 'late';
}
