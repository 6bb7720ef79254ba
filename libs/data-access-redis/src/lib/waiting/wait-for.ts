import { onAbort } from './on-abort';

/**
 * Waits for a promise, but not longer than the caller: rejects with the signal's reason when it aborts, and resolves
 * to `late` after so many ms. The promise itself goes on.
 */
export function waitFor<R>(
  promise: Promise<R>,
  signal: AbortSignal | undefined,
  ms: number | undefined,
): Promise<R | 'late'> {
  if (signal === undefined && ms === undefined) return promise;
  return new Promise((resolve, reject) => {
    const timer = ms === undefined ? undefined : setTimeout(() => settle(() => resolve('late')), ms);
    const aborted = () => settle(() => reject(signal?.reason as Error));
    const unheard = signal && onAbort(signal, aborted);
    const settle = (how: () => void) => {
      clearTimeout(timer);
      unheard?.();
      how();
    };
    if (signal?.aborted) aborted();
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}
