import {
  type Arbitrary,
  type AsyncCommand,
  boolean,
  commands,
  constant,
  constantFrom,
  tuple,
} from 'fast-check';
import type { ImageJobModel, ModelHold } from './image-job-model';
import type { ImageJobRun } from './image-job-run';
import { OWNERS } from './image-job-world';

type Sequence = Iterable<AsyncCommand<ImageJobModel, ImageJobRun>>;

const MOST_COMMANDS = 60;

const runner = constantFrom('r1', 'r2', 'r3');
const server = constantFrom('http://s1', 'http://s2');
const owner = constantFrom(...OWNERS);

/** Any sequence of what may happen to jobs. A minute passes with each, so that no two things happen at one moment. */
export function imageJobCommands(): Arbitrary<Sequence> {
  const enqueues = owner.map((who) => command(`${who} enqueues`, (run) => run.enqueue(who)));
  const again = back().map((n) => ofJob(n, 'is enqueued again', (run, key) => run.enqueueAgain(key)));
  const claims = tuple(runner, server).map(([who, where]) =>
    command(`${who} claims for ${where}`, (run) => run.claim(who, where)),
  );
  const adopts = runner.map((who) => command(`${who} adopts`, (run) => run.adopt(who)));
  const renews = runner.map((who) => command(`${who} renews`, (run) => run.renew(who)));
  const sends = back().map((n) => ofHold(n, 'is sent', (run, hold) => run.markSent(hold)));
  // The names are few, so that the same write is done twice, and another one after it.
  const completes = tuple(back(), constantFrom('a', 'b')).map(([n, file]) =>
    ofHold(n, `completes with ${file}`, (run, hold) => run.complete(hold, file)),
  );
  const fails = tuple(back(), constantFrom('A', 'B')).map(([n, error]) =>
    ofHold(n, `fails with ${error}`, (run, hold) => run.fail(hold, error)),
  );
  const cancels = back().map((n) => ofHold(n, 'is cancelled', (run, hold) => run.markCancelled(hold)));
  const requeues = tuple(back(), constantFrom(0.5, 7.5, 20.5), boolean(), boolean()).map(
    ([n, delay, counts, lost]) =>
      ofHold(n, `is requeued for ${delay} (${counts}, ${lost})`, (run, hold) =>
        run.requeue(hold, { delay, counts, lost }),
      ),
  );
  // Mostly by its owner.
  const asks = tuple(back(), constantFrom(undefined, undefined, ...OWNERS)).map(([n, who]) =>
    ofJob(n, `shall be cancelled by ${who}`, (run, key) => run.requestCancel(key, who)),
  );
  const asksWhenHeld = back().map((n) =>
    ofHold(n, 'shall be cancelled', (run, { key }) => run.requestCancel(key, undefined)),
  );
  const deletes = tuple(back(), constantFrom(undefined, undefined, ...OWNERS)).map(([n, who]) =>
    ofJob(n, `is deleted by ${who}`, (run, key) => run.softDelete(key, who)),
  );
  const sweeps = constant(command('sweep', (run) => run.orphanExpired()));
  const handsOver = runner.map((who) => command(`${who} hands over`, (run) => run.handOver(who)));
  const passes = constantFrom(3, 10, 20).map((minutes) =>
    command(`${minutes} pass`, (run) => run.pass(minutes)),
  );
  const rare = [again, cancels, fails, deletes, handsOver];
  const often = [
    enqueues,
    enqueues,
    claims,
    claims,
    adopts,
    renews,
    sends,
    completes,
    requeues,
    asks,
    asksWhenHeld,
    sweeps,
    passes,
  ];
  return commands([...often, ...often, ...rare], { maxCommands: MOST_COMMANDS, size: 'max' });
}

/** How far back among all jobs or holds; mostly a late one, with which more can still be done. */
function back(): Arbitrary<number> {
  return constantFrom(0, 0, 1, 1, 2, 3, 5, 8);
}

function ofHold(nth: number, name: string, work: (run: ImageJobRun, hold: ModelHold) => Promise<void>) {
  return command(`hold ${nth} back ${name}`, (run) => {
    const hold = run.holds.at(-1 - (nth % Math.max(1, run.holds.length)));
    return hold ? work(run, hold) : Promise.resolve();
  });
}

function ofJob(nth: number, name: string, work: (run: ImageJobRun, key: number) => Promise<void>) {
  return command(`job ${nth} back ${name}`, (run) => {
    const key = run.model.jobs.length - 1 - nth;
    return key < 0 ? Promise.resolve() : work(run, key);
  });
}

function command(
  name: string,
  work: (run: ImageJobRun) => Promise<void>,
): AsyncCommand<ImageJobModel, ImageJobRun> {
  const run = async (_: ImageJobModel, real: ImageJobRun) => {
    await real.pass(1);
    await work(real);
    await real.verify();
  };
  return { check: () => true, run, toString: () => name };
}
