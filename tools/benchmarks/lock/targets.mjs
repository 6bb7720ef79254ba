import { number } from '../lib/markdown.mjs';
import { SILENCES } from '../lib/silence.mjs';
import { pairedRatio, ratioTarget } from '../lib/targets.mjs';
import { toldTarget } from '../lib/told.mjs';
import { CONTENDED, cycleName, PAUSED, toldName } from './cases.mjs';
import { titleOf } from './modes.mjs';

/**
 * What Sluice asks of itself, in one run.
 *
 * @param {object} results of the suite
 * @returns {import('../lib/targets.mjs').Target[]}
 */
export function targets({ cycles, contended, told, paused }) {
  return [
    cycleTarget(cycles, 1, 'ioredis', 0.85),
    cycleTarget(cycles, 64, 'redis-semaphore', 1),
    cycleTarget(cycles, 64, 'redlock', 1.2),
    ...contendedTargets(contended),
    ...SILENCES.map((how) =>
      toldTarget(`${toldName(how)}: before the lease ended`, told.get(how)?.get('ours')),
    ),
    pausedTarget(paused.get('ours')),
  ];
}

function cycleTarget(cycles, callers, other, atLeast) {
  const results = cycles.get(cycleName(callers));
  const ours = results?.get('ours');
  const theirs = results?.get(other);
  const ratio = ours?.operationsPerSecond?.median / theirs?.operationsPerSecond?.median;
  const paired = pairedRatio(ours, theirs);
  const note = Number.isFinite(paired) ? `round by round ${number(paired)} ×` : undefined;
  return ratioTarget(`${cycleName(callers)}, to ${titleOf(other)}`, ratio, atLeast, note);
}

function contendedTargets(contended) {
  const ours = contended.get('ours');
  const peers = [...contended].filter(([id, result]) => id !== 'ours' && !('failed' in result));
  const best = (of) =>
    peers.reduce((leader, peer) => (of(peer[1]) > of(leader[1]) ? peer : leader), peers[0] ?? []);
  const [patient, shortest] = best(({ waits }) => -waits.p99);
  const [busy, most] = best(({ handOffs }) => handOffs);
  const jain = ours?.jain ?? NaN;
  const overlaps = ours?.overlaps ?? NaN;
  return [
    ratioTarget(
      `${CONTENDED}, 99th percentile of waiting, ${titleOf(patient)} to ours`,
      shortest?.waits.p99 / ours?.waits?.p99,
      10,
      'the peer with the shortest',
    ),
    { title: `${CONTENDED}, Jain's index`, bound: '0.99', value: jain, reached: jain >= 0.99 },
    ratioTarget(
      `${CONTENDED}, hand-offs a second, to ${titleOf(busy)}`,
      ours?.handOffs / most?.handOffs,
      0.95,
      'the peer with the most',
    ),
    {
      title: `${CONTENDED}, times that two held the lock at once`,
      bound: 'at most 0',
      value: overlaps,
      reached: overlaps === 0,
    },
  ];
}

function pausedTarget(ours) {
  const value = ours?.accepted ?? NaN;
  return { title: `${PAUSED}: late writes accepted`, bound: 'at most 0', value, reached: value === 0 };
}
