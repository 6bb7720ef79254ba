import { capital, number, table } from '../lib/markdown.mjs';
import { titles } from './cases.mjs';
import { LOAD_MS } from './cold.mjs';
import { modes, modesOf } from './modes.mjs';
import { CALLERS, PROCESSES } from './run-cold.mjs';
import { sizes } from './values.mjs';

/**
 * The report without its head and its targets.
 *
 * @param {object} results of the suite
 * @returns {string[]}
 */
export function sections({ probes, measured, heap, cold }) {
  return [
    `Contenders run in processes of their own, in turn, in rounds that each begin with another one, against one Redis.
Medians of operations a second, with the slowest and the fastest round; CPU of the contender's process; commands the
server processed. Callers are loops that await one operation at a time; the first and last result of each is compared
with what was stored. Values are JSON objects of exactly the size given.`,
    '## Contenders',
    modes
      .map(({ title, library, setUp, docs }) => `- **${title}** – ${library} – ${setUp} – as in ${docs}`)
      .join('\n'),
    `The column *protects* says what a probe found: \`yes\`, every caller gets an object of its own; \`frozen\`, one that
nobody can change; \`readers only\`, who stored a value can still change it; \`no\`, one caller changes what the
others get; \`text\`, the value is not parsed at all.`,
    ...Object.entries(titles).flatMap(([group, title]) => caseSections(group, title, measured, probes)),
    ...lossSection(measured),
    ...heapSection(heap, probes),
    ...coldSection(cold),
  ];
}

function caseSections(group, title, measured, probes) {
  const found = [...measured].filter(([name]) => name.startsWith(`${group},`));
  if (found.length === 0) return [];
  return [
    `## ${title}`,
    ...found.flatMap(([name, results]) => [`### ${capital(name)}`, caseTable(results, probes)]),
  ];
}

function caseTable(results, probes) {
  const our = results.get([...results.keys()].find((id) => id.startsWith('ours')));
  const speed = ({ operationsPerSecond }) => operationsPerSecond?.median ?? 0;
  const rows = [...results].sort(([, a], [, b]) => speed(b) - speed(a));
  return table(
    ['contender', 'median/s', 'min', 'max', 'ours is', 'CPU µs', 'commands', 'protects'],
    rows.map(([id, result]) => {
      const name = id.startsWith('ours') ? `**${titleOf(id)}**` : titleOf(id);
      if ('failed' in result) return [name, `failed: ${result.failed}`, '', '', '', '', '', probes.get(id)];
      const { median, min, max } = result.operationsPerSecond;
      const ratio = id.startsWith('ours') ? '' : `${number(speed(our) / median)} ×`;
      const { cpuMicroseconds, metered } = result;
      return [
        name,
        number(median),
        number(min),
        number(max),
        ratio,
        number(cpuMicroseconds),
        metered.toFixed(2),
        probes.get(id),
      ];
    }),
  );
}

function lossSection(measured) {
  if (measured.size === 0) return [];
  const rows = [...measured].flatMap(([name, results]) => {
    const our = [...results].find(([id]) => id.startsWith('ours'))?.[1];
    if (!our?.operationsPerSecond) return [[capital(name), 'not measured, see above']];
    const losses = [...results]
      .map(([id, result]) => ({
        id,
        ratio: our.operationsPerSecond.median / result.operationsPerSecond?.median,
      }))
      .filter(({ ratio }) => ratio < 1)
      .sort((a, b) => a.ratio - b.ratio)
      .map(({ id, ratio }) => `${titleOf(id)} (${number(ratio)} ×)`);
    return losses.length > 0 ? [[capital(name), losses.join('; ')]] : [];
  });
  const text = rows.length === 0 ? 'Nowhere in this run.' : table(['case', 'behind'], rows);
  return ['## Where Sluice is slower', text];
}

function heapSection(heap, probes) {
  if (heap.size === 0) return [];
  const cell = (value) => (typeof value === 'number' ? number(value) : `failed: ${value?.failed}`);
  return [
    '## Heap of a near entry',
    'Bytes on the heap and outside it, after a collection, per entry stored and read once.',
    table(
      ['contender', ...sizes.map(({ name }) => name), 'protects'],
      modesOf('near').map(({ id, title }) => [
        title,
        ...sizes.map(({ name }) => cell(heap.get(id)?.get(name))),
        probes.get(id),
      ]),
    ),
  ];
}

function coldSection(cold) {
  if (cold.size === 0) return [];
  return [
    '## A cold key',
    `${PROCESSES} processes with ${CALLERS} callers each ask for one key at the same time; its loader takes ${LOAD_MS} ms.`,
    table(
      ['contender', 'loads, median', 'most', 'all served after, ms'],
      [...cold].map(([id, result]) =>
        'failed' in result
          ? [titleOf(id), `failed: ${result.failed}`, '', '']
          : [titleOf(id), result.loads.median, result.loads.max, number(result.milliseconds)],
      ),
    ),
  ];
}

function titleOf(id) {
  return modes.find((mode) => mode.id === id)?.title ?? id;
}
