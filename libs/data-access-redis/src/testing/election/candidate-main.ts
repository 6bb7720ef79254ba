import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { RedisLeaderElectionService, RedisModule } from '../../index';
import type { LeaderElection } from '../../index';
import { monotonicNow } from '../fleet/monotonic';
import { RemoteCalls } from '../fleet/remote-calls';
import type { Callable } from '../fleet/remote-calls';
import { ELECTION_MUTANTS } from './election-mutants';
import type { ElectionMutant } from './election-mutants';
import { Journal } from './journal';

/** What a process is to stand for. */
export interface Candidacy {
  elections: readonly string[];
  leaseDuration: number;
  renewDeadline: number;
  retryPeriod: number;
  /** How long the work goes on after it was told to stop. */
  endsAfterMs: number;
  /** How often it works a step, and is asked whether it leads. */
  everyMs: number;
}

export interface CandidateState {
  leads: boolean;
  term: number;
}

// One candidate process; see candidates.ts.
process.once('disconnect', () => process.exit(0));

const { FLEET_REDIS_URL, FLEET_KEY_PREFIX, FLEET_MUTANT, ELECTION_JOURNAL } = process.env;
if (FLEET_MUTANT) ELECTION_MUTANTS[FLEET_MUTANT as ElectionMutant]();
const journal = new Journal(ELECTION_JOURNAL as string);

const callable: Callable = { ready: () => started };
new RemoteCalls(process, callable);
const started = start();

async function start(): Promise<void> {
  const module = RedisModule.forRoot({ url: FLEET_REDIS_URL, keyPrefix: FLEET_KEY_PREFIX });
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
  const elections = app.get(RedisLeaderElectionService);
  const states = () => Object.fromEntries(elections.elections.map((one) => [one.name, stateOf(one)]));
  Object.assign(callable, {
    stand: (candidacy: Candidacy) => {
      for (const name of candidacy.elections) stand(elections, name, candidacy);
    },
    leave: (name: string) => elections.elections.find((one) => one.name === name)?.leave(),
    states,
  });
}

function stateOf({ isLeader, term }: LeaderElection): CandidateState {
  return { leads: isLeader, term };
}

function stand(elections: RedisLeaderElectionService, name: string, candidacy: Candidacy): void {
  const { endsAfterMs, everyMs, leaseDuration, renewDeadline, retryPeriod } = candidacy;
  let own = 0;
  const election = elections.join(name, {
    ...{ leaseDuration, renewDeadline, retryPeriod },
    onStartedLeading: async (signal, term) => {
      own = term;
      journal.note('started', name, term);
      for (;;) {
        // Before the question: who is paused after the answer must not be blamed for it.
        const from = monotonicNow();
        if (signal.aborted || !election.isLeader) break;
        journal.note('works', name, term, from);
        await pause(everyMs);
      }
      journal.note('told', name, term);
      const until = monotonicNow() + endsAfterMs;
      while (monotonicNow() < until) {
        journal.note('works', name, term);
        await pause(everyMs);
      }
      if (endsAfterMs > 0) journal.note('ended', name, term);
    },
    onStoppedLeading: (reason) => journal.note('stopped', name, own, undefined, reason),
  });
  setInterval(() => {
    const from = monotonicNow();
    if (election.isLeader) journal.note('leads', name, own, from);
  }, everyMs).unref();
}
