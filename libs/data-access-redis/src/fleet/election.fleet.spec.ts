import { Candidates, CANDIDACY, WITHIN_MS } from '../testing/election/candidates';
import type { Candidate } from '../testing/election/candidates';
import { wrongsOf } from '../testing/election/check-terms';
import { ELECTION_TRIALS, LONG_LEASE_MS } from '../testing/election/election-trials';
import type { ElectionTrial } from '../testing/election/election-trials';
import { until } from '../testing/redis-test-app';

let candidates: Candidates;
afterEach(() => candidates?.stop());

/** @returns the one that leads now, by a higher term than the first, after whose last deed it began */
async function after(trial: ElectionTrial): Promise<Candidate> {
  candidates = await Candidates.start(3);
  await ELECTION_TRIALS[trial](candidates);
  const next = await candidates.leaderOf(candidates.others);
  const [began] = candidates.of(next, 'started');
  const [old] = candidates.of(candidates.first, 'started');
  expect(began?.term).toBeGreaterThan(old?.term as number);
  expect(wrongsOf(candidates.entries())).toEqual([]);
  return next;
}

/** The leader was really at work until the end, so that there was something to be overlapped. */
function lastWork(candidate: Candidate): number {
  const works = candidates.of(candidate, 'works');
  expect(works.length).toBeGreaterThan(0);
  return works.at(-1)?.wall as number;
}

it('the leader is killed: the next in line leads when its lease is over', async () => {
  const next = await after('the leader is killed');
  expect(candidates.others.indexOf(next)).toBe(0);
  const [began] = candidates.of(next, 'started');
  // It works no longer than this after it was renewed, and from then on the lease lasts so long.
  const earliest = CANDIDACY.leaseDuration - CANDIDACY.renewDeadline;
  expect((began?.wall as number) - lastWork(candidates.first)).toBeGreaterThan(earliest);
});

it('the leader is frozen for longer than its lease: awake, it leads no longer, and is a candidate again', async () => {
  const next = await after('the leader is frozen and wakes');
  const { first } = candidates;
  const [stopped] = candidates.of(first, 'stopped');
  expect(stopped?.reason).toBe('expired');
  const began = candidates.of(next, 'started')[0]?.to as number;
  // Not one step, and not one yes, after it woke; it was told when the next one led already.
  expect(candidates.of(first, 'told')[0]?.from).toBeGreaterThan(began);
  await until(
    'it knows who leads',
    async () => (await candidates.term(first)) === (await candidates.term(next)),
  );
  for (const { process } of candidates.others) await process.kill();
  await until('it leads again', () => candidates.leads(first), WITHIN_MS);
  expect(wrongsOf(candidates.entries())).toEqual([]);
});

it('the leader is cut off: its work has ended before another leads, and it follows when it is back', async () => {
  const next = await after('the leader is cut off');
  const { first } = candidates;
  expect(candidates.of(first, 'stopped')[0]?.reason).toBe('expired');
  const ended = candidates.of(first, 'ended')[0]?.to as number;
  expect(ended).toBeLessThan(candidates.of(next, 'started')[0]?.from as number);
  const [link] = first.proxy.connections;
  await link?.waitForEnd('client', WITHIN_MS);
  await first.proxy.heal();
  await until(
    'it knows who leads',
    async () => (await candidates.term(first)) === (await candidates.term(next)),
    WITHIN_MS,
  );
  expect(await candidates.leads(first)).toBe(false);
  expect(wrongsOf(candidates.entries())).toEqual([]);
});

it('the leader leaves: the next in line leads when its work has ended, at once', async () => {
  const next = await after('the leader leaves');
  expect(candidates.others.indexOf(next)).toBe(0);
  const ended = candidates.of(candidates.first, 'ended')[0] as { to: number; wall: number };
  const began = candidates.of(next, 'started')[0] as { from: number; wall: number };
  expect(began.from).toBeGreaterThan(ended.to);
  // By a message, and not when the lease would have been over.
  expect(began.wall - ended.wall).toBeLessThan(LONG_LEASE_MS / 3);
});

it('the process of the leader is told to end (SIGTERM): it hands over and ends well', async () => {
  const next = await after('the process of the leader is told to end');
  expect(await candidates.first.process.exit()).toBe(0);
  expect(candidates.of(candidates.first, 'stopped')[0]?.reason).toBe('left');
  const ended = candidates.of(candidates.first, 'ended')[0] as { to: number; wall: number };
  const began = candidates.of(next, 'started')[0] as { from: number; wall: number };
  expect(began.from).toBeGreaterThan(ended.to);
  expect(began.wall - ended.wall).toBeLessThan(LONG_LEASE_MS / 3);
});

it('a hundred elections of one process are all taken over when it is killed', async () => {
  const elections = Array.from({ length: 100 }, (_, i) => `e-${i}`);
  candidates = await Candidates.start(3);
  for (const { process } of candidates.all) {
    await process.call('stand', { ...CANDIDACY, elections, everyMs: 200 });
    await until('it leads all', async () => (await led(candidates.first)) === elections.length, WITHIN_MS);
  }
  const longer = Date.now() + CANDIDACY.leaseDuration + 500;
  await until('renewed for longer than a lease', () => Date.now() > longer);
  expect(await led(candidates.first)).toBe(elections.length);
  await candidates.first.process.kill();
  const takenOver = async () => {
    const [second = 0, third = 0] = await Promise.all(candidates.others.map((one) => led(one)));
    return second + third === elections.length;
  };
  await until('all have another leader', takenOver, WITHIN_MS);
  const entries = candidates.entries();
  expect(wrongsOf(entries)).toEqual([]);
  expect(entries.filter(({ what }) => what === 'started')).toHaveLength(2 * elections.length);
});

async function led(candidate: Candidate): Promise<number> {
  return Object.values(await candidates.states(candidate)).filter(({ leads }) => leads).length;
}
