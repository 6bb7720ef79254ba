import { number } from './markdown.mjs';
import { median } from './statistics.mjs';

/**
 * @typedef {object} Target
 * @property {string} title
 * @property {string} bound what is asked for, in words
 * @property {number} value what this run says; NaN when it could not be measured
 * @property {boolean} reached
 * @property {string} [note]
 */

/**
 * @param {string} title
 * @param {number} ratio
 * @param {number} atLeast
 * @param {string} [note]
 * @returns {Target}
 */
export function ratioTarget(title, ratio, atLeast, note) {
  return { title, bound: `${atLeast} ×`, value: ratio, reached: ratio >= atLeast, note };
}

/**
 * The median of how two compare in the same round, which a busy machine disturbs less; NaN when one of them failed.
 *
 * @param {import('./rounds.mjs').Measured | { failed: string } | undefined} ours
 * @param {import('./rounds.mjs').Measured | { failed: string } | undefined} theirs
 */
export function pairedRatio(ours, theirs) {
  if (!ours?.byRound || !theirs?.byRound) return NaN;
  return median(ours.byRound.map((speed, round) => speed / theirs.byRound[round]));
}

/** @param {Target[]} targets */
export function targetRows(targets) {
  return targets.map(({ title, bound, value, reached, note }) => [
    note ? `${title} (${note})` : title,
    bound,
    Number.isFinite(value) ? `${number(value)}${bound.endsWith('×') ? ' ×' : ''}` : 'not measured',
    reached ? 'reached' : '**not reached**',
  ]);
}
