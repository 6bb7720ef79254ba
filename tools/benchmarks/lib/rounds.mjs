import { spread, median } from './statistics.mjs';

/**
 * @typedef {object} Pace
 * @property {number} rounds
 * @property {number} milliseconds of one contender in one round
 * @property {number} warmUp ms before the first round
 *
 * @typedef {object} Measured
 * @property {{ median: number, min: number, max: number }} operationsPerSecond
 * @property {number} cpuMicroseconds per operation, of the contender's process, median
 * @property {number} metered commands of the server per operation, over all rounds
 * @property {number} bytes to and from the server per operation, over all rounds
 * @property {number[]} byRound operations per second, in the order of the rounds: what a pair of contenders did in the
 *   same round can be compared
 * @property {{ p50: number, p99: number }} [latency] of one operation in ms, medians of the rounds, when `timed`
 */

/**
 * One case, all contenders in turn in every round, each round beginning with another one: what disturbs the
 * machine for a while disturbs them all.
 *
 * @param {Map<string, import('./contender-process.mjs').ContenderProcess>} contenders
 * @param {{ prepare: object, callers: number, timed?: boolean }} what as for `measure`
 * @param {Pace} pace
 * @param {import('./redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, Measured | { failed: string }>>}
 */
export async function runRounds(
  contenders,
  { prepare, callers, timed },
  { rounds, milliseconds, warmUp },
  meter,
) {
  const failed = new Map();
  const samples = new Map([...contenders.keys()].map((id) => [id, []]));
  const attempt = async (id, work) => {
    if (failed.has(id)) return;
    await work(contenders.get(id)).catch((error) => failed.set(id, { failed: error.message }));
  };

  for (const id of contenders.keys()) {
    await attempt(id, async (contender) => {
      await contender.call('prepare', prepare);
      await contender.call('measure', { callers, milliseconds: warmUp });
    });
  }
  await meter.quiet();
  for (let round = 0; round < rounds; round += 1) {
    for (const id of rotated([...contenders.keys()], round)) {
      await attempt(id, async (contender) => {
        const before = await meter.traffic();
        const sample = await contender.call('measure', { callers, milliseconds, timed });
        const after = await meter.traffic();
        const metered = after.commands - before.commands;
        samples.get(id).push({ ...sample, metered, bytes: after.bytes - before.bytes });
      });
    }
  }
  return new Map([...contenders.keys()].map((id) => [id, failed.get(id) ?? summary(samples.get(id))]));
}

/** The list, beginning with another one: what is first in a round is not always the same. */
export function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function summary(samples) {
  const sum = (pick) => samples.reduce((total, sample) => total + pick(sample), 0);
  const byRound = samples.map(({ operations, seconds }) => operations / seconds);
  const latency = (at) => median(samples.map((sample) => sample.latency[at]));
  return {
    operationsPerSecond: spread(byRound),
    byRound,
    ...(samples[0].latency && { latency: { p50: latency('p50'), p99: latency('p99') } }),
    bytes: sum(({ bytes }) => bytes) / sum(({ operations }) => operations),
    cpuMicroseconds: median(samples.map(({ operations, cpuSeconds }) => (cpuSeconds * 1e6) / operations)),
    metered: sum(({ metered }) => metered) / sum(({ operations }) => operations),
  };
}
