import { boolean, commands, constant, constantFrom, oneof, tuple } from 'fast-check';
import type { Arbitrary, AsyncCommand } from 'fast-check';
import { TURN_MS } from './lease-model';
import type { LeaseModel } from './lease-model';
import type { LeaseRun } from './lease-run';

type Sequence = Iterable<AsyncCommand<LeaseModel, LeaseRun>>;

const MOST_COMMANDS = 50;

/**
 * Any sequence of what may happen to a lease among these ids. All times are multiples of what an unanswered grant lasts,
 * so that whether a lease has ended is never a matter of the milliseconds that the sequence itself takes.
 */
export function leaseCommands(ids: readonly string[]): Arbitrary<Sequence> {
  const id = constantFrom(...ids);
  const ttl = constantFrom(4 * TURN_MS, 10 * TURN_MS);
  const asks = tuple(id, ttl, boolean()).map(([who, ms, waits]) =>
    command(`asks(${who}, ${ms}, ${waits})`, (run) => run.acquire(who, ms, waits)),
  );
  const stands = tuple(id, ttl).map(([who, ms]) =>
    command(`stands in line(${who}, ${ms})`, (run) => run.acquire(who, ms, true)),
  );
  // The answer was lost, so the same is sent once more.
  const asksAgain = tuple(id, ttl, boolean()).map(([who, ms, waits]) =>
    command(`asks twice(${who}, ${ms}, ${waits})`, (run) => {
      run.acquire(who, ms, waits);
      run.acquire(who, ms, waits);
    }),
  );
  const renews = tuple(id, ttl).map(([who, ms]) =>
    command(`renews(${who}, ${ms})`, (run) => run.renew(who, ms)),
  );
  const releases = id.map((who) => command(`releases(${who})`, (run) => run.release(who)));
  const holderReleases = constant(
    command(
      'who holds it releases',
      (run) => run.release(run.model.holders[0]?.id as string),
      ({ holders }) => holders.length > 0,
    ),
  );
  const releasesAgain = id.map((who) =>
    command(`releases twice(${who})`, (run) => {
      run.release(who);
      run.release(who);
    }),
  );
  const elapses = constantFrom(1, 2, 4).map((times) =>
    command(`passes(${times * TURN_MS})`, (run) => run.elapse(times * TURN_MS)),
  );
  const setsBack = constant(
    command(
      'clock is set back',
      (run) => run.setClockBack(),
      ({ holders, isRemembered }) => isRemembered && holders.length === 0,
    ),
  );
  const loses = constant(command('all is lost', (run) => run.lose()));
  const often = [asks, stands, stands, asksAgain, renews, releases, holderReleases, holderReleases, elapses];
  const sometimes = oneof(releasesAgain, setsBack, loses);
  return commands([...often, sometimes], { maxCommands: MOST_COMMANDS, size: '+1' });
}

function command(
  name: string,
  work: (run: LeaseRun) => void,
  check: (model: LeaseModel) => boolean = () => true,
): AsyncCommand<LeaseModel, LeaseRun> {
  return { check, run: async (_, run) => work(run), toString: () => name };
}
