import { doubleRunsOf, overlappingRunsOf } from '../testing/schedule/run-log';
import { TaskFleet } from '../testing/schedule/task-fleet';
import type { TaskMutant } from '../testing/schedule/task-mutants';

jest.setTimeout(90_000);

let fleet: TaskFleet;
afterEach(() => fleet?.stop());

/** A leader whose clock is so far ahead of, or behind, that of the one who follows it. */
async function killLeaderWhoseClockIs(aheadMs: number, mutant?: TaskMutant) {
  fleet = await TaskFleet.start(mutant);
  const old = await fleet.add(aheadMs);
  await fleet.leaderOf([old]);
  await fleet.runsMore(5, old);
  const next = await fleet.add();
  await fleet.runsMore(1, old);
  await old.process.kill();
  await fleet.leaderOf([next]);
  await fleet.runsMore(3, next);
  const last = fleet.runsOf(old).at(-1)?.moment as number;
  const first = fleet.runsOf(next)[0]?.moment as number;
  return { doubles: doubleRunsOf(fleet.entries()), last, first };
}

// Further apart than a lease is long: its successor comes to moments that were run before.
const APART_MS = 4_000;

it('runs no moment again when the leader is killed whose clock was ahead', async () => {
  const { doubles, last, first } = await killLeaderWhoseClockIs(APART_MS);
  expect(doubles).toEqual([]);
  expect(first).toBe(last + 1_000);
});

it('runs no moment again when a leader follows whose clock is behind', async () => {
  fleet = await TaskFleet.start();
  const old = await fleet.add();
  await fleet.leaderOf([old]);
  const next = await fleet.add(-APART_MS);
  await fleet.runsMore(2, old);
  await old.process.kill();
  await fleet.leaderOf([next]);
  await fleet.runsMore(2, next);
  expect(doubleRunsOf(fleet.entries())).toEqual([]);
  expect(overlappingRunsOf(fleet.entries())).toEqual([]);
  const last = fleet.runsOf(old).at(-1)?.moment as number;
  expect(fleet.runsOf(next)[0]?.moment).toBe(last + 1_000);
});

it('finds out tasks without a claim of moments', async () => {
  const { doubles } = await killLeaderWhoseClockIs(APART_MS, 'no claim of moments');
  process.stdout.write(`no claim of moments: found out ${doubles.length} times, ${doubles[0]}\n`);
  expect(doubles).not.toEqual([]);
});

it('hands over within a moment when a process is told to end (SIGTERM): none is left out', async () => {
  fleet = await TaskFleet.start();
  const first = await fleet.add();
  await fleet.leaderOf([first]);
  const second = await fleet.add();
  await fleet.runsMore(2, first);
  process.kill(first.process.pid, 'SIGTERM');
  expect(await first.process.exit()).toBe(0);
  await fleet.runsMore(2, second);
  expect(doubleRunsOf(fleet.entries())).toEqual([]);
  expect(overlappingRunsOf(fleet.entries())).toEqual([]);
  const moments = fleet.entries().flatMap(({ what, moment }) => (what === 'began' ? moment : []));
  const gaps = moments.slice(1).map((moment, i) => moment - (moments[i] as number));
  // One may fall into the hand-over itself.
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2_000);
  expect(gaps.filter((gap) => gap > 1_000).length).toBeLessThanOrEqual(1);
});
