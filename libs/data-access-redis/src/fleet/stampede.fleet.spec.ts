import { startFleet } from '../testing/fleet/fleet';
import type { Fleet } from '../testing/fleet/fleet';
import type { Stampede, StampedeResult } from '../testing/fleet/stampede-commands';
import { until } from '../testing/redis-test-app';

const PROCESSES = 4;
const CALLERS = 100;
const LOAD_MS = 200;
/** How long the fleet waits for a loader of which nothing is heard any more. */
const LEASE_MS = 3_000;
/** Who waits longer for Redis loads by itself: on a busy machine the default would be over now and then. */
const CACHE_TIMEOUT_MS = 1_000;
/** For a busy machine. */
const LEEWAY_MS = 1_500;

let fleet: Fleet;
/** The process of each load, in the order in which they began. */
let loads: number[] = [];

beforeAll(async () => {
  const callable = { loadBegan: (pid: number) => loads.push(pid) };
  fleet = await startFleet({ size: PROCESSES, cacheTimeoutMs: CACHE_TIMEOUT_MS, callable });
});

afterAll(() => fleet?.stop());

beforeEach(async () => {
  loads = [];
  while (fleet.processes.length < PROCESSES) await fleet.add();
  await fleet.call('connected');
});

/** All processes at once; those that died on the way answer nothing. */
async function stampede(id: string, more: Partial<Stampede> = {}): Promise<StampedeResult[]> {
  const orders = { id, callers: CALLERS, loadMs: LOAD_MS, ...more };
  const answers = await Promise.allSettled(
    fleet.processes.map((process) => process.call<StampedeResult>('stampede', orders)),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

async function firstLoad(): Promise<number> {
  await until('a load has begun', () => loads.length > 0);
  return loads[0] as number;
}

function gotOfAll(results: readonly StampedeResult[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { got } of results) {
    for (const [what, count] of Object.entries(got)) all[what] = (all[what] ?? 0) + count;
  }
  return all;
}

function slowest(results: readonly StampedeResult[]): number {
  return Math.max(...results.map(({ ms }) => ms));
}

it.each([1, 2, 3, 4, 5])('loads a cold key once for 4 processes of 100 callers (key %i)', async (key) => {
  const results = await stampede(`cold-${key}`);
  expect(loads).toHaveLength(1);
  expect(gotOfAll(results)).toEqual({ 'load 1': PROCESSES * CALLERS });
});

it('loads once more when the loading process dies half-way, and everybody else gets a value within the lease', async () => {
  const running = stampede('killed');
  const loading = await firstLoad();
  await new Promise((resolve) => setTimeout(resolve, LOAD_MS / 2));
  const [victim] = fleet.processes.splice(
    fleet.processes.findIndex(({ pid }) => pid === loading),
    1,
  );
  await victim?.kill();
  const results = await running;
  expect(gotOfAll(results)).toEqual({ 'load 2': (PROCESSES - 1) * CALLERS });
  expect(loads).toHaveLength(2);
  expect(slowest(results)).toBeLessThan(LEASE_MS + LOAD_MS + LEEWAY_MS);
});

it('hands the error of a loader to everybody, once per process at most, and remembers nothing of it', async () => {
  const results = await stampede('broken', { fails: true });
  expect(gotOfAll(results)).toEqual({ 'the source is broken': PROCESSES * CALLERS });
  expect(loads.length).toBeLessThanOrEqual(PROCESSES);
  expect(new Set(loads).size).toBe(loads.length);
  loads = [];
  expect(gotOfAll(await stampede('broken'))).toEqual({ 'load 1': PROCESSES * CALLERS });
});

it('serves everybody, by a load per process at most, when Redis is killed while they wait', async () => {
  const running = stampede('orphaned');
  await firstLoad();
  await fleet.redis.kill();
  const results = await running;
  const got = gotOfAll(results);
  expect(Object.values(got).reduce((a, b) => a + b)).toBe(PROCESSES * CALLERS);
  expect(Object.keys(got).every((what) => /^load \d$/.test(what))).toBe(true);
  expect(loads.length).toBeLessThanOrEqual(PROCESSES);
  expect(slowest(results)).toBeLessThan(2 * LOAD_MS + LEEWAY_MS);

  await fleet.redis.restart();
  await fleet.call('connected');
  loads = [];
  expect(gotOfAll(await stampede('orphaned'))).toEqual({ 'load 1': PROCESSES * CALLERS });
});

it('serves everybody, by a load per process at most, when Redis freezes while they wait', async () => {
  const running = stampede('frozen');
  await firstLoad();
  fleet.redis.freeze();
  const results = await running.finally(() => fleet.redis.thaw());
  const got = gotOfAll(results);
  expect(Object.values(got).reduce((a, b) => a + b)).toBe(PROCESSES * CALLERS);
  expect(Object.keys(got).every((what) => /^load \d$/.test(what))).toBe(true);
  expect(loads.length).toBeLessThanOrEqual(PROCESSES);
  expect(slowest(results)).toBeLessThan(LEASE_MS + CACHE_TIMEOUT_MS + 2 * LOAD_MS + LEEWAY_MS);
});
