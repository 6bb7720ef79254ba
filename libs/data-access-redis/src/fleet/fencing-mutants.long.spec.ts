import { expectFoundOut } from '../testing/fencing/expect-found-out';
import type { FencingPlan } from '../testing/fencing/fencing-faults';
import type { LockMutant } from '../testing/fencing/lock-mutants';

// What shows more rarely is tried in fencing.long.spec.ts.
it.each<[LockMutant, FencingPlan]>([
  ['no deadline of its own', 'stalls'],
  ['a store that does not look at the token', 'stalls'],
  ['one token for all', 'stalls'],
  ['tokens that only count', 'losses'],
])('finds out locks with %s', (mutant, faults) => expectFoundOut(mutant, faults), 600_000);
