const TICK_MS = 5;

export interface Stopwatch {
  /** Stops it. @returns ms since it was started, without those in which nothing of this process ran */
  stop(): number;
}

/**
 * Measures how long something waits. On a busy machine a process stands still now and then, or a function computes for
 * long: no timer fires meanwhile, those of what is measured neither, so that time is nobody's waiting and is left out.
 *
 * @example
 * ```ts
 * const watch = startStopwatch();
 * await expect(redis.get('a')).rejects.toThrow();
 * expect(watch.stop()).toBeLessThan(300);
 * ```
 */
export function startStopwatch(): Stopwatch {
  const startedAt = performance.now();
  let last = startedAt;
  let stoodStill = 0;
  const note = () => {
    const now = performance.now();
    // Only what is much too late: a timer is always a little late.
    const late = now - last - TICK_MS;
    if (late > TICK_MS) stoodStill += late;
    last = now;
  };
  const ticking = setInterval(note, TICK_MS);
  return {
    stop() {
      clearInterval(ticking);
      note();
      return performance.now() - startedAt - stoodStill;
    },
  };
}
