import { randomUUID } from 'node:crypto';
import { asyncModelRun, asyncProperty, check, constantFrom, subarray, tuple } from 'fast-check';
import { leaseCommands } from './lease-commands';
import { LeaseRun } from './lease-run';
import type { LeaseServer } from './lease-run';

export interface LeaseCheck {
  seed: number;
  sequences: number;
  /** Ends with the first sequence that went wrong instead of looking for the shortest. */
  atOnce?: boolean;
}

export interface LeaseCheckResult {
  sequences: number;
  commands: number;
  /** What was not as it should be. */
  failure: string | undefined;
}

const CLIENTS = ['a', 'b', 'c', 'd', 'e'];
/** So often a sequence may take too long, on a machine that is busy. */
const MOST_TRIES = 20;

/** Random sequences of commands, on leases of one to three permits, each on a key of its own. */
export async function checkLeases(
  server: LeaseServer,
  { seed, sequences, atOnce = false }: LeaseCheck,
): Promise<LeaseCheckResult> {
  let commands = 0;
  const world = tuple(constantFrom(1, 2, 3), subarray(CLIENTS), leaseCommands(CLIENTS));
  const property = asyncProperty(world, async ([permits, deaf, sequence]) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const run = new LeaseRun(server, `lock:{${randomUUID()}}`, permits, (client) => !deaf.includes(client));
      await asyncModelRun(() => ({ model: run.model, real: run }), sequence);
      commands += run.length;
      if (await run.verify()) return;
    }
    throw new Error(`the machine was too busy ${MOST_TRIES} times`);
  });
  const { failed, numRuns, errorInstance, counterexample } = await check(property, {
    seed,
    numRuns: sequences,
    endOnFailure: atOnce,
  });
  const failure = failed ? `${(errorInstance as Error).message}\n${String(counterexample)}` : undefined;
  return { sequences: numRuns, commands, failure };
}
