import { soakSeed } from '../fleet/run-soak';
import type { FencingPlan } from './fencing-faults';
import type { LockMutant } from './lock-mutants';
import { runFencing } from './run-fencing';

/** What a mutant lacks shows only when the right process stalls, so one run may miss it: then the next is longer. */
const TRIES_MS = [2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000];

/** Fails when locks that lack something are taken for whole ones, however often it is tried. */
export async function expectFoundOut(mutant: LockMutant, faults: FencingPlan): Promise<void> {
  const first = soakSeed();
  for (const [tries, ms] of TRIES_MS.entries()) {
    const seed = first + tries;
    const { violations, counts } = await runFencing({ seed, ms, faults, mutant });
    const rules = new Set(violations.map(({ rule }) => rule));
    process.stdout.write(
      `${mutant}, FLEET_SEED=${seed}: ${violations.length} times found out, ${[...rules].join(', ')}; ${JSON.stringify(counts)}\n`,
    );
    if (rules.size > 0) return;
  }
  throw new Error(`Locks with ${mutant} were not found out.`);
}
