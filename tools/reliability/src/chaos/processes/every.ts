import { setTimeout as pause } from 'node:timers/promises';
import type { Reporter } from './reporter';

/** Runs `work` again and again, one after the other, so much time between two beginnings where it takes less. */
export async function every(ms: number, reporter: Reporter, work: () => Promise<void>): Promise<void> {
  while (!reporter.stopping) {
    const began = performance.now();
    await work();
    await pause(Math.max(1, ms - (performance.now() - began)));
  }
}

/** How long it took, and what came of it: never rejects. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ ms: number; value?: T; error?: Error & { code?: string } }> {
  const began = performance.now();
  try {
    const value = await work();
    return { ms: performance.now() - began, value };
  } catch (error) {
    return { ms: performance.now() - began, error: error as Error };
  }
}
