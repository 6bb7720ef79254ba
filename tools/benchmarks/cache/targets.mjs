import { ratioTarget } from '../lib/targets.mjs';
import { caseName } from './cases.mjs';
import { modes, modesOf } from './modes.mjs';

/**
 * What issue 3 asks of this run.
 *
 * @param {object} results of the suite
 * @returns {import('../lib/targets.mjs').Target[]}
 */
export function targets({ probes, measured, cold }) {
  const median = (name, id) => measured.get(name)?.get(id)?.operationsPerSecond?.median ?? NaN;
  const protects = (id, ...how) => how.includes(probes.get(id));
  const best = (name, ids) =>
    ids.reduce((leader, id) => (median(name, id) > (median(name, leader) || 0) ? id : leader), ids[0]);

  const near = caseName('near', '200 B', 1);
  const ours = protects('ours-near', 'yes', 'frozen') ? median(near, 'ours-near') : NaN;
  // Half a protection counts for a peer, where all of it is asked of ours.
  const over = (library, atLeast) => {
    const ids = modesOf('near')
      .map(({ id }) => id)
      .filter((id) => id.startsWith(library) && protects(id, 'yes', 'frozen', 'readers only'));
    const id = best(near, ids);
    return ratioTarget(`near hit, 200 B, protected, to ${titleOf(id)}`, ours / median(near, id), atLeast);
  };
  return [
    over('bentocache', 10),
    over('cacheable', 10),
    over('node-redis', 4),
    ratioTarget(
      'near hit, 200 B, protected, to bare createCache().wrap',
      ours / median(near, 'cache-manager-bare'),
      1,
      `protects: ${probes.get('cache-manager-bare')}`,
    ),
    ...[
      ['200 B', 64, 2],
      ['2 KiB', 64, 1.4],
      ['50 KiB', 64, 1],
    ].flatMap(([size, callers, atLeast]) => {
      const name = caseName('redis', size, callers);
      const peers = modesOf('redis').filter(
        ({ id, bare }) => !bare && id !== 'ours-redis' && id !== 'ioredis-parse',
      );
      const peer = best(
        name,
        peers.map(({ id }) => id),
      );
      return [redisTarget(name, 'ioredis-parse', atLeast), redisTarget(name, peer, 1, 'the fastest peer')];
    }),
    ...['200 B', '2 KiB', '50 KiB'].map((size) =>
      redisTarget(caseName('redis', size, 1), 'ioredis-parse', 0.85),
    ),
    ...['200 B', '2 KiB', '50 KiB'].map((size) =>
      redisTarget(caseName('bulk', size, 1), 'ioredis-parse', 0.85),
    ),
    ...modesOf('cold')
      .filter(({ id }) => id.startsWith('ours'))
      .map(({ id, title }) => {
        const value = cold.get(id)?.loads?.max ?? NaN;
        const others = modesOf('cold').filter((mode) => !mode.id.startsWith('ours'));
        const peers = [...new Set(others.map((mode) => cold.get(mode.id)?.loads?.median ?? '?'))].join(', ');
        return {
          title: `loads of a cold key, ${title}`,
          bound: 'at most 1',
          value,
          reached: value === 1,
          note: `peers ${peers}`,
        };
      }),
  ];

  function redisTarget(name, against, atLeast, note) {
    const ratio = median(name, 'ours-redis') / median(name, against);
    return ratioTarget(`${name}, to ${titleOf(against)}`, ratio, atLeast, note);
  }
}

function titleOf(id) {
  return modes.find((mode) => mode.id === id)?.title ?? id;
}
