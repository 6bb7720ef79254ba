import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again every 10 ms until the condition holds.
 * @param milliseconds how long at most
 * @returns false when the time ran out first
 */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  milliseconds: number,
): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(10);
  }
  return true;
}

/** {@link pollUntil} for what has to come true. @throws Error with `what` when it takes longer than `withinMs` */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  if (!(await pollUntil(condition, withinMs))) throw new Error(`not within ${withinMs} ms: ${what}`);
}
