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
