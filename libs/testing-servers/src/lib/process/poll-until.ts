import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again every 20 ms until the condition holds.
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
    await pause(20);
  }
  return true;
}

/** Asks again every 10 ms until the condition holds. @throws Error with `what` when that takes longer than `withinMs` */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(10);
  }
}
