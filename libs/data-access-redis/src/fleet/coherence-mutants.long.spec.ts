import { MUTANTS } from '../testing/fleet/mutants';
import type { Mutant } from '../testing/fleet/mutants';
import { runSoak, soakSeed } from '../testing/fleet/run-soak';

const MOST_TRIES = 3;

// What a mutant lacks shows in a race, so one run may miss it; three do not.
it.each(Object.keys(MUTANTS) as Mutant[])(
  'finds out an engine with %s',
  async (mutant) => {
    const faults = mutant === 'no flush on reconnect' ? 'cut' : 'slow';
    const first = soakSeed();
    let found = 0;
    for (let tries = 0; found === 0 && tries < MOST_TRIES; tries += 1) {
      const seed = first + tries;
      const { violations, oldInTheEnd } = await runSoak({ seed, operations: 3_000, faults, mutant });
      found = violations.length + oldInTheEnd.length;
      process.stdout.write(`${mutant}, FLEET_SEED=${seed}: ${found} times found out\n`);
    }
    expect(found).toBeGreaterThan(0);
  },
  120_000,
);
