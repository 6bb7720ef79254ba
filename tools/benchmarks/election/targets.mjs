import { SILENCES } from '../lib/silence.mjs';
import { toldTarget } from '../lib/told.mjs';
import { CLEAN, CRASHED, toldName } from './cases.mjs';

const CLEAN_MS = 10;
const CRASHED_MS = 100;

/**
 * What Sluice asks of itself, in one run.
 *
 * @param {object} results of the suite
 * @returns {import('../lib/targets.mjs').Target[]}
 */
export function targets({ clean, crashed, told }) {
  return [
    atMost(`${CLEAN}, 99th percentile, ms`, clean.get('ours')?.p99, CLEAN_MS),
    atMost(
      `${CRASHED}, 99th percentile, ms beyond what was left of the lease`,
      crashed.get('ours')?.p99,
      CRASHED_MS,
    ),
    neverEarly(crashed.get('ours')?.min),
    ...SILENCES.map((how) =>
      toldTarget(`${toldName(how)}: before the lease ended`, told.get(how)?.get('ours')),
    ),
  ];
}

function atMost(title, value = NaN, most) {
  return { title, bound: `at most ${most}`, value, reached: value <= most };
}

/** The clocks count whole milliseconds. */
function neverEarly(value = NaN) {
  return {
    title: `${CRASHED}, earliest, ms after the end of the lease`,
    bound: 'at least −1',
    value,
    reached: value >= -1,
  };
}
