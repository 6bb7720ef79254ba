import { percentile } from './statistics.mjs';

/** Keeps what was read alive, so that no engine can drop the reading of it. */
export const sink = { value: undefined };

/**
 * A loop of operations; `check` throws when a result is not what it must be.
 *
 * @typedef {object} Operation
 * @property {(index: number) => unknown} run
 * @property {(result: unknown, index: number) => void} check
 * @property {number} count indices go from 0 to count - 1
 * @property {number} [clockEvery] operations between two looks at the clock, a power of two; default 64
 */

/**
 * Lets callers, each with one operation under way at a time, run for a while. They walk through the indices in
 * the same order from places far apart, so that no two want the same one at the same time. Every caller's first
 * result, before the clock starts, and last one, after it stopped, are checked: a benchmark of misses is worthless.
 *
 * @param {Operation} operation
 * @param {{ callers: number, milliseconds: number, timed?: boolean }} load `timed`: look at the clock around every
 *   operation, which costs it a tenth of a microsecond
 * @returns {Promise<{ operations: number, seconds: number, cpuSeconds: number, latency?: { p50: number, p99: number } }>}
 *   latency in ms
 */
export async function measure(
  { run, check, count, clockEvery = 64 },
  { callers, milliseconds, timed = false },
) {
  const starts = Array.from({ length: callers }, (_, caller) => Math.floor((caller * count) / callers));
  await Promise.all(starts.map(async (index) => check(await run(index), index)));

  let operations = 0;
  let stopped = false;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const deadline = began + milliseconds;

  const times = [];

  async function timedRun(index) {
    const at = performance.now();
    const result = await run(index);
    times.push(performance.now() - at);
    return result;
  }

  const once = timed ? timedRun : run;

  async function caller(start) {
    let index = start;
    for (;;) {
      const result = await once(index);
      sink.value = result;
      operations += 1;
      // Near-cache hits never leave the microtask queue, so no timer could end the round.
      if ((operations & (clockEvery - 1)) === 0 && performance.now() >= deadline) stopped = true;
      if (stopped) return { result, index };
      index = index + 1 === count ? 0 : index + 1;
    }
  }

  const last = await Promise.all(starts.map(caller));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  for (const { result, index } of last) check(result, index);
  const found = { operations, seconds, cpuSeconds: (user + system) / 1e6 };
  return timed ? { ...found, latency: { p50: percentile(times, 0.5), p99: percentile(times, 0.99) } } : found;
}
