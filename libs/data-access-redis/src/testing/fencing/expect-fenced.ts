import type { FencingPlan } from './fencing-faults';
import { runFencing } from './run-fencing';

/** Fails when two wrote at once, or when too little went wrong to tell; prints what happened and under which seed. */
export async function expectFenced(seed: number, ms: number, faults: FencingPlan): Promise<void> {
  const { counts, violations } = await runFencing({ seed, ms, faults });
  process.stdout.write(`fencing, ${faults}, FLEET_SEED=${seed}: ${JSON.stringify(counts)}\n`);
  expect({ seed, violations: violations.slice(0, 10) }).toEqual({ seed, violations: [] });
  const { flushes, forgotten, restarts, failOvers, ...always } = counts;
  const wanted = faults === 'all' ? { ...always, flushes, forgotten, restarts, failOvers } : always;
  const missing = Object.entries(wanted)
    .filter(([, count]) => count === 0)
    .map(([what]) => what);
  expect(missing).toEqual([]);
}
