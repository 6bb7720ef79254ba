import { number } from '../lib/markdown.mjs';
import { pairedRatio, ratioTarget } from '../lib/targets.mjs';
import { caseName } from './cases.mjs';
import { kinds } from './kinds.mjs';
import { DEEP } from './run-deep.mjs';

/**
 * What Sluice asks of itself, in one run.
 *
 * @param {object} results of the suite
 * @returns {import('../lib/targets.mjs').Target[]}
 */
export function targets({ cached, deep, killed }) {
  return [
    ...kinds.map((kind) => cachedTarget(cached, caseName(kind, 'cached'))),
    deepTarget(deep),
    lossTarget(killed.get('ours')),
  ];
}

function cachedTarget(cached, name) {
  const ours = cached.get(name)?.get('ours');
  const theirs = cached.get(name)?.get('peer');
  const ratio = ours?.operationsPerSecond?.median / theirs?.operationsPerSecond?.median;
  const paired = pairedRatio(ours, theirs);
  return ratioTarget(
    `${name}, to Nest + @nestjs/cache-manager`,
    ratio,
    2,
    Number.isFinite(paired) ? `round by round ${number(paired)} ×` : undefined,
  );
}

function lossTarget(loss) {
  const value = loss && 'answered' in loss ? loss.refused + loss.unanswered : NaN;
  return {
    title: 'requests that are not answered while Redis is killed',
    bound: 'at most 0',
    value,
    reached: value === 0,
  };
}

function deepTarget(deep) {
  const value = deep?.p99 ?? NaN;
  return { title: `${DEEP}, p99 in ms`, bound: 'under 50', value, reached: value < 50 };
}
