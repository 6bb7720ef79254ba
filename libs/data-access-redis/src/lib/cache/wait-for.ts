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
    const timer = ms === undefined ? undefined : setTimeout(() => resolve('late'), ms);
    const aborted = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', aborted, { once: true });
    if (signal?.aborted) aborted();
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    });
  });
}
