import { capital, number, table } from '../lib/markdown.mjs';
import { limits } from './contender.mjs';
import { NEAR_MS } from './edge.mjs';
import { isOurs, modes, titleOf } from './modes.mjs';
import { PATIENCE_MS, TIMES } from './run-lost.mjs';

/**
 * The report without its head and its targets.
 *
 * @param {object} results of the suite
 * @returns {string[]}
 */
export function sections({ rates, three, edge, lost }) {
  return [
    `Contenders run in processes of their own, in turn, in rounds that each begin with another one, against one Redis.
All peers are given the same connection, \`new Redis(url)\` of ioredis, where nothing else is said. Medians of the
rounds; CPU of the contender's process; commands that the server processed, also inside scripts, and bytes to and from it.
What is measured is the decision, not HTTP.`,
    '## Contenders',
    modes
      .map(({ title, library, setUp, docs }) => `- **${title}** – ${library} – ${setUp} – as in ${docs}`)
      .join('\n'),
    ...rateSections(rates),
    ...threeSection(three),
    ...edgeSection(edge),
    ...lostSection(lost),
    ...lossSection(rates),
  ];
}

const texts = {
  allowed: [
    '## Allowed',
    'Requests of 1,024 clients that are far from their limit. Callers are loops with one decision under way at a time.',
  ],
  denied: [
    '## Denied',
    'Requests of 1,024 clients that have used up their limit. Where there are no commands, the process remembers who is denied.',
  ],
};

function rateSections(rates) {
  return Object.entries(texts).flatMap(([group, [title, text]]) => {
    const found = [...rates].filter(([name]) => name.startsWith(`${group},`));
    if (found.length === 0) return [];
    return [title, text, ...found.flatMap(([name, results]) => [`### ${capital(name)}`, rateTable(results)])];
  });
}

function rateTable(results) {
  const our = results.get('ours')?.operationsPerSecond?.median;
  const speed = ({ operationsPerSecond }) => operationsPerSecond?.median ?? 0;
  const rows = [...results].sort(([, a], [, b]) => speed(b) - speed(a));
  return table(
    ['contender', 'median/s', 'min', 'max', 'ours is', 'p50, ms', 'p99, ms', 'CPU µs', 'commands', 'bytes'],
    rows.map(([id, result]) => {
      if ('failed' in result) return [nameOf(id), `failed: ${result.failed}`, '', '', '', '', '', '', '', ''];
      const { median, min, max } = result.operationsPerSecond;
      return [
        nameOf(id),
        ...[median, min, max].map(number),
        id === 'ours' ? '' : `${number(our / median)} ×`,
        number(result.latency?.p50),
        number(result.latency?.p99),
        number(result.cpuMicroseconds),
        result.metered.toFixed(1),
        number(Math.max(0, Math.round(result.bytes))),
      ];
    }),
  );
}

function threeSection(three) {
  if (three.size === 0) return [];
  return [
    '## Three limits of one client',
    'All must let the client through. Scripts that the server was asked for, by its own statistics, for one decision.',
    table(
      ['contender', 'round trips', 'ms'],
      [...three].map(([id, result]) =>
        'failed' in result
          ? [nameOf(id), `failed: ${result.failed}`, '']
          : [nameOf(id), number(result.roundTrips), number(result.milliseconds)],
      ),
    ),
  ];
}

function edgeSection(edge) {
  if (edge.size === 0) return [];
  const { quota, seconds } = limits.edge;
  return [
    '## Where two windows meet',
    `A limit of ${quota} in ${seconds} s. A client asks once, ${quota - 1} times after 0.9 s, and ${2 * quota} times after 1.02 s. The most that passed,
of any client. An even flow lets a burst of ${quota} through after a pause, and then one each ${(seconds * 1_000) / quota} ms.`,
    table(
      ['contender', `within ${NEAR_MS} ms`, 'within any second'],
      [...edge].map(([id, result]) =>
        'failed' in result
          ? [nameOf(id), `failed: ${result.failed}`, '']
          : [nameOf(id), result.near, result.second],
      ),
    ),
  ];
}

function lostSection(lost) {
  if (lost.size === 0) return [];
  const time = (milliseconds) =>
    milliseconds >= PATIENCE_MS ? `over ${PATIENCE_MS / 1_000} s` : number(milliseconds);
  return [
    '## Without Redis',
    `Its process is frozen (SIGSTOP), a proxy swallows everything, or its process is killed. ${TIMES} decisions, one after the other,
the first right after that; none within ${PATIENCE_MS / 1_000} s ends it. ms; *allowed* and *denied* are decisions of the process itself.`,
    table(
      ['contender', 'Redis is', 'first', 'median', 'longest', 'decisions'],
      [...lost].flatMap(([how, results]) =>
        [...results].map(([id, result]) =>
          'failed' in result
            ? [nameOf(id), how, `failed: ${result.failed}`, '', '', '']
            : [
                nameOf(id),
                how,
                ...[result.first, result.median, result.longest].map(time),
                result.outcomes.join(', '),
              ],
        ),
      ),
    ),
  ];
}

function lossSection(rates) {
  if (rates.size === 0) return [];
  const rows = [...rates]
    .map(([name, results]) => [capital(name), behind(results)])
    .filter(([, losses]) => losses);
  return [
    '## Where Sluice is slower',
    rows.length === 0 ? 'Nowhere in this run.' : table(['case', 'behind'], rows),
  ];
}

function behind(results) {
  const our = results.get('ours')?.operationsPerSecond?.median;
  if (our === undefined) return 'not measured, see above';
  return [...results]
    .filter(([id]) => !isOurs(id))
    .map(([id, result]) => ({ id, ratio: our / result.operationsPerSecond?.median }))
    .filter(({ ratio }) => ratio < 1)
    .sort((a, b) => a.ratio - b.ratio)
    .map(({ id, ratio }) => `${titleOf(id)} (${number(ratio)} ×)`)
    .join('; ');
}

function nameOf(id) {
  return isOurs(id) ? `**${titleOf(id)}**` : titleOf(id);
}
