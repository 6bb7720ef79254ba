import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition that another process or thread brings about. @throws Error after 30 s */
export async function pollUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('What was waited for did not happen within 30 s.');
    await sleep(5);
  }
}
