import type { SoakResult } from './run-soak';

/** Fails when anything old was served, or when the run was too tame to tell; says what happened and under which seed. */
export function expectCoherent({ seed, counts, violations, oldInTheEnd }: SoakResult): void {
  process.stdout.write(`coherence, FLEET_SEED=${seed}: ${JSON.stringify(counts)}\n`);
  const found = { seed, violations: violations.slice(0, 10), oldInTheEnd: oldInTheEnd.slice(0, 10) };
  expect(found).toEqual({ seed, violations: [], oldInTheEnd: [] });
  const { near, hit, loaded, discarded, reconnects, cuts, kills, holds, flushes, moves, failovers } = counts;
  const faults = moves === undefined ? { cuts, kills, holds, flushes } : { kills, flushes, moves, failovers };
  const tame = Object.entries({ near, hit, loaded, discarded, reconnects, ...faults })
    .filter(([, count]) => count === 0)
    .map(([what]) => what);
  expect(tame).toEqual([]);
}
