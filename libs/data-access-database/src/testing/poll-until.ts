import { setTimeout as pause } from 'node:timers/promises';

/** Asks again every 20 ms. @throws Error when the condition does not hold in time */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  milliseconds = 30_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`It did not happen within ${milliseconds} ms.`);
    await pause(20);
  }
}
