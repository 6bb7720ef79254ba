import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '@sluice/testing-servers';
import { Authority } from './authority';
import { checkCoherence, MOST_STALE_MS } from './check-coherence';
import type { Violation } from './check-coherence';
import { ClusterFaults } from './cluster-faults';
import type { ClusterFaultCounts } from './cluster-faults';
import { startClusterFleet } from './cluster-fleet';
import { startFleet } from './fleet';
import type { Fleet, FleetOptions } from './fleet';
import { FleetFaults } from './fleet-faults';
import type { FaultCounts, FaultPlan } from './fleet-faults';
import { monotonicNow } from './monotonic';
import type { Mutant } from './mutants';
import { ABSENT, PROCESSES } from './soak-caches';
import type { Observed, SoakOrders } from './soak-worker';

export interface SoakOptions {
  seed: number;
  operations: number;
  /** `cluster`: on a Cluster whose slots move, whose masters change, and whose nodes cut connections. */
  faults: FaultPlan | 'cluster';
  mutant?: Mutant;
}

export interface SoakResult {
  seed: number;
  /** Of all processes together. */
  counts: Record<'operations' | 'reads' | 'changes' | 'seconds', number> &
    Observed['counters'] &
    Partial<FaultCounts & ClusterFaultCounts>;
  violations: Violation[];
  /** What was not the newest when all had been quiet for a while, `process/id`. */
  oldInTheEnd: string[];
}

/** Ten times what it takes on two idle cores. */
const MOST_MS_PER_OPERATION = 8;

/** The seed of `FLEET_SEED`, or any. */
export function soakSeed(): number {
  return Number(process.env['FLEET_SEED'] ?? Math.floor(Math.random() * 1_000_000));
}

/** Processes that read, write and invalidate at random while things go wrong, and whether anything old was served. */
export async function runSoak({ seed, operations, faults: plan, mutant }: SoakOptions): Promise<SoakResult> {
  const authority = new Authority();
  const callable = {
    truth: (id: number) => authority.truth(id),
    change: ({ id, absent }: { id: number; absent: boolean }) => authority.change(id, absent),
  };
  // Slow is not away: where replies are slow, they are waited for.
  const cacheTimeoutMs = plan === 'slow' ? 2_000 : undefined;
  const { fleet, faults } = await startUnder(plan, new Random(seed), {
    size: PROCESSES,
    cacheTimeoutMs,
    mutant,
    callable,
  });
  // A process that hangs is a failure too, and must not keep its test from ending.
  const tooLong = setTimeout(() => void fleet.stop(), 40_000 + operations * MOST_MS_PER_OPERATION);
  try {
    const beganAt = monotonicNow();
    const orders = (process: number): SoakOrders => ({
      ...{ seed, process, beganAt },
      operations: Math.ceil(operations / PROCESSES),
    });
    await fleet.call('beginSoak', orders);
    faults.start(beganAt);
    await fleet.call('soak').finally(() => faults.stop());
    const seconds = Math.round((monotonicNow() - beganAt) / 100) / 10;
    const oldInTheEnd = await readAfterQuiet(fleet, authority);
    const observed = await fleet.call<Observed>('observed');
    return {
      seed,
      counts: { ...sums(observed), seconds, ...faults.counts },
      violations: checkCoherence(authority, observed),
      oldInTheEnd,
    };
  } finally {
    clearTimeout(tooLong);
    await fleet.stop();
  }
}

async function startUnder(plan: SoakOptions['faults'], random: Random, options: FleetOptions) {
  if (plan === 'cluster') {
    const fleet = await startClusterFleet(options);
    return { fleet, faults: new ClusterFaults(fleet.cluster, random) };
  }
  const fleet = await startFleet(options);
  return { fleet, faults: new FleetFaults(fleet.redis, fleet.proxies, plan, random) };
}

/** Twice: what the first reading kept near is served by the second. */
async function readAfterQuiet(fleet: Pick<Fleet, 'call'>, authority: Authority): Promise<string[]> {
  await fleet.call('settle');
  await pause(MOST_STALE_MS);
  const old: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const served = await fleet.call<number[]>('readAll', () => authority.ids);
    authority.ids.forEach((id, at) => {
      const { version, absent } = authority.truth(id);
      served.forEach((versions, process) => {
        if (versions[at] !== (absent ? ABSENT : version)) old.push(`${process}/${id}`);
      });
    });
  }
  return old;
}

function sums(observed: readonly Observed[]) {
  const sum = (of: (one: Observed) => number) => observed.reduce((total, one) => total + of(one), 0);
  return {
    operations: sum(({ operations }) => operations),
    reads: sum(({ reads }) => reads.length),
    changes: sum(({ changes }) => changes.length),
    near: sum(({ counters }) => counters.near),
    hit: sum(({ counters }) => counters.hit),
    loaded: sum(({ counters }) => counters.loaded),
    discarded: sum(({ counters }) => counters.discarded),
    reconnects: sum(({ counters }) => counters.reconnects),
  };
}
