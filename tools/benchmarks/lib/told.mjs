import { setTimeout as pause } from 'node:timers/promises';
import { silence } from './silence.mjs';
import { median } from './statistics.mjs';

/** How long after the end of a lease a library may still tell its holder, in ms; then it is "never". */
export const PATIENCE_MS = 10_000;

/**
 * @typedef {object} Told
 * @property {number} runs
 * @property {number} before leases whose holder was told before they ended on the server
 * @property {number} after
 * @property {number} never
 * @property {number} believed leases that the library said were held, after they had ended
 * @property {{ median: number, max: number }} delay from the end of the lease to being told, in ms, of those told;
 *   negative is in time
 *
 * @typedef {object} Leases
 * @property {(url: string) => import('./contender-process.mjs').ContenderProcess} start a process whose method `losses`
 *   answers, by name, when its library said that a lease was lost (`toldAt`, as `Date.now()`), and whether it says now
 *   that it is held (`isHeld`)
 * @property {(contender: import('./contender-process.mjs').ContenderProcess) => Promise<unknown>} hold resolves when it
 *   holds and renews a lease of each name
 * @property {string[]} names
 * @property {(name: string) => Promise<number>} endsAt when the lease ends on the server, as `Date.now()`; NaN: not held
 */

/**
 * Redis falls silent at a moment of chance while one process holds leases.
 *
 * @param {string} how
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {Leases} leases
 * @returns {Promise<{ toldAt?: number, isHeld: boolean, endsAt: number }[]>}
 */
export async function leasesInSilence(how, redis, { start, hold, names, endsAt }) {
  const fault = await silence(how, redis);
  const contender = start(fault.url);
  try {
    await hold(contender);
    await pause(Math.random() * 2_000);
    const ends = await Promise.all(names.map(endsAt));
    fault.begin();
    if (ends.some(Number.isNaN)) throw new Error('a lease was lost while nothing was wrong');
    return await untilTold(contender, names, ends);
  } finally {
    await fault.end();
    await contender.kill();
  }
}

async function untilTold(contender, names, ends) {
  const over = Math.max(...ends);
  for (;;) {
    await pause(50);
    const losses = await contender.call('losses');
    const now = Date.now();
    const isComplete = names.every((name) => losses[name].toldAt !== undefined);
    if (now > over && (isComplete || now > over + PATIENCE_MS)) {
      return names.map((name, at) => ({ ...losses[name], endsAt: ends[at] }));
    }
  }
}

/**
 * @param {{ toldAt?: number, isHeld: boolean, endsAt: number }[]} leases
 * @returns {Told}
 */
export function summaryOfTold(leases) {
  const delays = leases.flatMap(({ toldAt, endsAt }) => (toldAt === undefined ? [] : [toldAt - endsAt]));
  return {
    runs: leases.length,
    before: delays.filter((delay) => delay < 0).length,
    after: delays.filter((delay) => delay >= 0).length,
    never: leases.length - delays.length,
    believed: leases.filter(({ isHeld }) => isHeld).length,
    delay: { median: delays.length > 0 ? median(delays) : NaN, max: Math.max(...delays) },
  };
}

/**
 * @param {string} title
 * @param {Told | { failed: string } | undefined} told
 * @returns {import('./targets.mjs').Target}
 */
export function toldTarget(title, told) {
  const runs = told?.runs ?? 0;
  const value = told?.before ?? NaN;
  const bound = `${runs || 'all'} of ${runs || 'all'}`;
  return { title, bound, value, reached: runs > 0 && value === runs };
}

/** Cells of a table under {@link TOLD_HEAD}. */
export function toldCells(told) {
  if ('failed' in told) return [`failed: ${told.failed}`, ...TOLD_HEAD.slice(1).fill('')];
  const { runs, before, after, never, delay, believed } = told;
  return [`${before} of ${runs}`, after, never, signed(delay.median), signed(delay.max), believed];
}

export const TOLD_HEAD = ['before it ended', 'after', 'never', 'told, median, ms', 'latest', 'still held'];

function signed(value) {
  return Number.isFinite(value) ? `${value > 0 ? '+' : ''}${Math.round(value)}` : '–';
}
