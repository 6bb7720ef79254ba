import { sharedNow } from '../lib/clock.mjs';
import { rotated } from '../lib/rounds.mjs';
import { say } from '../lib/say.mjs';
import { median, percentile } from '../lib/statistics.mjs';
import { CONTENDED, CONTENDERS_EACH, HOLD_MS, PROCESSES } from './cases.mjs';
import { jainIndex, overlaps, starved } from './fairness.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';

const full = { rounds: 5, milliseconds: 6_000 };
const quick = { rounds: 2, milliseconds: 1_500 };

/**
 * @typedef {object} Contention medians of the rounds, where nothing else is said
 * @property {number} handOffs a second
 * @property {{ p50: number, p99: number, max: number }} waits in ms; `max` of all rounds
 * @property {number} jain
 * @property {number} starved the most in any round
 * @property {{ min: number, max: number }} shares hand-offs of one contender in one round
 * @property {number} commands per hand-off
 * @property {number} bytes per hand-off
 * @property {number} overlaps in all rounds
 * @property {Round[]} rounds
 */

/**
 * Many want one lock, all the time. One library after the other, in rounds that each begin with another one.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, Contention | { failed: string }>>} by mode
 */
export async function runContended(url, options, meter) {
  if (!CONTENDED.includes(options.filter ?? '')) return new Map();
  const { rounds, milliseconds } = options.quick ? quick : full;
  const modes = modesOf('contended');
  const teams = new Map(
    modes.map((mode) => [mode.id, Array.from({ length: PROCESSES }, () => startContender(mode, url))]),
  );
  const found = new Map(modes.map(({ id }) => [id, []]));
  const failed = new Map();
  const round = async (id, name, length) => {
    if (failed.has(id)) return undefined;
    return contendOnce(teams.get(id), name, length, meter).catch(
      (error) => void failed.set(id, { failed: error.message }),
    );
  };
  try {
    for (const { id } of modes) await round(id, `${id}-contended-first`, 500);
    for (let count = 0; count < rounds; count += 1) {
      say(`${CONTENDED}, round ${count + 1} of ${rounds} …`);
      for (const { id } of rotated(modes, count)) {
        await meter.quiet();
        found.get(id).push(await round(id, `${id}-contended-${count}`, milliseconds));
      }
    }
  } finally {
    await Promise.all([...teams.values()].flat().map((contender) => contender.close()));
  }
  return new Map(modes.map(({ id }) => [id, failed.get(id) ?? summary(found.get(id))]));
}

/**
 * @typedef {object} Round
 * @property {number} handOffs a second
 * @property {number} p50
 * @property {number} p99
 * @property {number} max
 * @property {number} jain
 * @property {number[]} shares
 * @property {number} commands
 * @property {number} bytes
 * @property {number} overlaps
 *
 * @param {import('../lib/contender-process.mjs').ContenderProcess[]} team
 * @returns {Promise<Round>}
 */
async function contendOnce(team, name, milliseconds, meter) {
  const what = { name, contenders: CONTENDERS_EACH, holdMs: HOLD_MS, at: sharedNow() + 100, milliseconds };
  const before = await meter.traffic();
  const contended = (await Promise.all(team.map((contender) => contender.call('contend', what)))).flat();
  const after = await meter.traffic();
  const waits = contended.flatMap((contender) => contender.waits);
  const shares = contended.map(({ holds }) => holds.length);
  const handOffs = shares.reduce((total, share) => total + share, 0);
  return {
    handOffs: (handOffs * 1000) / milliseconds,
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
    max: Math.max(...waits),
    jain: jainIndex(shares),
    shares,
    commands: (after.commands - before.commands) / handOffs,
    bytes: (after.bytes - before.bytes) / handOffs,
    overlaps: overlaps(contended.flatMap(({ holds }) => holds)),
  };
}

function summary(rounds) {
  const middle = (of) => median(rounds.map((round) => round[of]));
  return {
    handOffs: middle('handOffs'),
    waits: { p50: middle('p50'), p99: middle('p99'), max: Math.max(...rounds.map(({ max }) => max)) },
    jain: middle('jain'),
    starved: Math.max(...rounds.map(({ shares }) => starved(shares))),
    shares: {
      min: Math.min(...rounds.flatMap(({ shares }) => shares)),
      max: Math.max(...rounds.flatMap(({ shares }) => shares)),
    },
    commands: middle('commands'),
    bytes: middle('bytes'),
    overlaps: rounds.reduce((total, round) => total + round.overlaps, 0),
    rounds,
  };
}
