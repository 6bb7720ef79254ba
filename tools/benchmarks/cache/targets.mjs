import { number } from '../lib/markdown.mjs';
import { ratioTarget } from '../lib/targets.mjs';
import { caseName } from './cases.mjs';
import { modes, modesOf } from './modes.mjs';

/**
 * What Sluice asks of itself, as ratios in one run.
 *
 * @param {object} results of the suite
 * @returns {import('../lib/targets.mjs').Target[]}
 */
export function targets({ probes, measured, cold }) {
  return [...nearTargets(probes, measured), ...redisTargets(measured), ...coldTargets(cold)];
}

const near = caseName('near', '200 B', 1);

function nearTargets(probes, measured) {
  const has = (id, ...how) => how.includes(probes.get(id));
  // Half a protection counts for a peer, where all of it is asked of ours.
  const protectedModes = (library) =>
    idsOf('near', (id) => id.startsWith(library) && has(id, 'yes', 'frozen', 'readers only'));
  const results = has('ours-near', 'yes', 'frozen') ? measured : new Map();
  return [
    ['bentocache', 10],
    ['cacheable', 10],
    ['node-redis', 4],
  ]
    .map(([library, atLeast]) =>
      target(results, near, fastest(measured, near, protectedModes(library)), atLeast),
    )
    .concat(target(results, near, 'cache-manager-bare', 1, `protects: ${probes.get('cache-manager-bare')}`));
}

function redisTargets(measured) {
  const peers = idsOf('redis', (id, { bare }) => !bare && id !== 'ours-redis' && id !== 'ioredis-parse');
  const sizes = [
    ['200 B', 2],
    ['2 KiB', 1.4],
    ['50 KiB', 1],
  ];
  const against = (name, atLeast) => target(measured, name, 'ioredis-parse', atLeast);
  return [
    ...sizes.map(([size, atLeast]) => against(caseName('redis', size, 64), atLeast)),
    ...sizes.map(([size]) => {
      const name = caseName('redis', size, 64);
      return target(measured, name, fastest(measured, name, peers), 1, 'the fastest peer');
    }),
    ...sizes.map(([size]) => against(caseName('redis', size, 1), 0.85)),
    ...sizes.map(([size]) => against(caseName('bulk', size, 1), 0.85)),
  ];
}

function coldTargets(cold) {
  const peers = idsOf('cold', (id) => !isOurs(id)).map((id) => cold.get(id)?.loads?.median ?? 'not measured');
  return idsOf('cold', isOurs).map((id) => {
    const value = cold.get(id)?.loads?.max ?? NaN;
    const note = `peers: ${[...new Set(peers)].join(', ')}`;
    return {
      title: `loads of a cold key, ${titleOf(id)}`,
      bound: 'at most 1',
      value,
      reached: value === 1,
      note,
    };
  });
}

/** Ours in this case against another one; how the two compare in CPU time, which a busy machine disturbs less, is a note. */
function target(measured, name, other, atLeast, note) {
  const results = measured.get(name);
  const ours = results?.get(idsOf(name.split(',')[0], isOurs)[0]);
  const theirs = results?.get(other);
  const ratio = ours?.operationsPerSecond?.median / theirs?.operationsPerSecond?.median;
  const cpu = theirs?.cpuMicroseconds / ours?.cpuMicroseconds;
  const notes = [note, Number.isFinite(cpu) && `by CPU time ${number(cpu)} ×`].filter(Boolean);
  return ratioTarget(`${name}, to ${titleOf(other)}`, ratio, atLeast, notes.join('; '));
}

function fastest(measured, name, ids) {
  const speed = (id) => measured.get(name)?.get(id)?.operationsPerSecond?.median ?? 0;
  return ids.reduce((leader, id) => (speed(id) > speed(leader) ? id : leader), ids[0]);
}

function idsOf(group, wanted) {
  return modesOf(group)
    .filter((mode) => wanted(mode.id, mode))
    .map(({ id }) => id);
}

function isOurs(id) {
  return id.startsWith('ours');
}

function titleOf(id) {
  return modes.find((mode) => mode.id === id)?.title ?? 'nothing that protects';
}
