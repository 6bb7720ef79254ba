import { join } from 'node:path';
import { Random } from '@sluice/testing-servers';
import { startFleet } from '../fleet/fleet';
import { checkFencing } from './check-fencing';
import type { Violation } from './check-fencing';
import { FencedRegister } from './fenced-register';
import type { Write } from './fenced-register';
import { FencingFaults } from './fencing-faults';
import type { FencingPlan } from './fencing-faults';
import type { LockMutant } from './lock-mutants';
import type { Hold, LockOrders } from './lock-worker';

export interface FencingOptions {
  seed: number;
  ms: number;
  faults: FencingPlan;
  mutant?: LockMutant;
}

export interface FencingResult {
  counts: FencingFaults['counts'] & Record<'holds' | 'written' | 'refused', number>;
  violations: Violation[];
}

const PROCESSES = 4;
const RESOURCES = ['a', 'b'];
const TTL_MS = 500;
/** For processes to start, and for their last rounds. */
const LEEWAY_MS = 60_000;

/** Processes that lock, stall, wake up and write while Redis forgets; and whether two of them ever wrote at once. */
export async function runFencing({ seed, ms, faults: plan, mutant }: FencingOptions): Promise<FencingResult> {
  const register = new FencedRegister(mutant !== 'a store that does not look at the token');
  let faults: FencingFaults | undefined;
  const fleet = await startFleet({
    size: PROCESSES,
    main: join(__dirname, 'holder-main.ts'),
    mutant,
    callable: {
      write: (write: Write) => register.write(write),
      working: (process: number) => faults?.working(process),
    },
  });
  // A process that hangs is a failure too, and must not keep its test from ending.
  const tooLong = setTimeout(() => void fleet.stop(), 4 * ms + LEEWAY_MS);
  try {
    faults = new FencingFaults(fleet, RESOURCES, plan, TTL_MS, new Random(seed));
    await fleet.call('begin', (process): LockOrders => ({
      seed,
      process,
      resources: RESOURCES,
      ttl: TTL_MS,
    }));
    const { counts } = faults;
    const hit = () => counts.stalls > 0 && counts.blocked > 0 && counts.heldBack > 0 && register.refused > 0;
    await faults.strikeFor(ms, () => plan === 'losses' || mutant !== undefined || hit());
    const holds = (await fleet.call<Hold[]>('stop')).flat();
    const { writes, refused } = register;
    return {
      counts: { ...counts, holds: holds.length, written: writes.length - refused, refused },
      violations: checkFencing(holds, writes, faults.losses),
    };
  } finally {
    clearTimeout(tooLong);
    await faults?.close();
    await fleet.stop();
  }
}
