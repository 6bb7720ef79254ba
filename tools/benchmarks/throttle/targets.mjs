import { number } from '../lib/markdown.mjs';
import { pairedRatio, ratioTarget } from '../lib/targets.mjs';
import { rateName, THREE } from './cases.mjs';
import { isOurs, titleOf } from './modes.mjs';

/**
 * What Sluice asks of itself, in one run.
 *
 * @param {object} results of the suite
 * @returns {import('../lib/targets.mjs').Target[]}
 */
export function targets({ rates, three }) {
  return [
    rateTarget(rates, rateName('allowed', 64), 'rate-limiter-flexible', 1),
    rateTarget(rates, rateName('denied', 1), 'rate-limiter-flexible-block', 2),
    rateTarget(rates, rateName('denied', 64), 'rate-limiter-flexible-block', 2),
    threeTarget(three),
  ];
}

function rateTarget(rates, name, other, atLeast) {
  const ours = rates.get(name)?.get('ours');
  const theirs = rates.get(name)?.get(other);
  const ratio = ours?.operationsPerSecond?.median / theirs?.operationsPerSecond?.median;
  const paired = pairedRatio(ours, theirs);
  const note = Number.isFinite(paired) ? `round by round ${number(paired)} ×` : undefined;
  return ratioTarget(`${name}, to ${titleOf(other)}`, ratio, atLeast, note);
}

function threeTarget(three) {
  const value = three.get('ours')?.roundTrips ?? NaN;
  const peers = [...three].filter(([id]) => !isOurs(id)).map(([, { roundTrips }]) => number(roundTrips));
  return {
    title: `${THREE}, round trips of a decision`,
    bound: 'at most 1',
    value,
    reached: value <= 1,
    note: peers.length > 0 ? `peers: ${[...new Set(peers)].join(', ')}` : undefined,
  };
}
