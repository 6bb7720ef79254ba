import { capital, number, table } from '../lib/markdown.mjs';
import { PATIENCE_MS, TOLD_HEAD, toldCells } from '../lib/told.mjs';
import { CONTENDED, CONTENDERS_EACH, HOLD_MS, PROCESSES } from './cases.mjs';
import { TTL } from './contender.mjs';
import { modes, titleOf } from './modes.mjs';
import { PAUSE_MS, PAUSED_TTL } from './run-paused.mjs';
import { HELD_TTL } from './run-told.mjs';

/**
 * The report without its head and its targets.
 *
 * @param {object} results of the suite
 * @returns {string[]}
 */
export function sections({ cycles, contended, told, paused }) {
  return [
    `Contenders run in processes of their own, in turn, in rounds that each begin with another one, against one Redis.
All peers are given the same connection, \`new Redis(url)\` of ioredis. Medians of the rounds; CPU of the contender's
process; commands that the server processed, also inside scripts, and bytes to and from it.`,
    '## Contenders',
    modes
      .map(({ title, library, setUp, docs }) => `- **${title}** – ${library} – ${setUp} – as in ${docs}`)
      .join('\n'),
    ...cycleSections(cycles),
    ...contendedSection(contended),
    ...toldSection(told),
    ...pausedSection(paused),
    ...lossSection(cycles, contended),
  ];
}

function cycleSections(cycles) {
  if (cycles.size === 0) return [];
  return [
    '## Acquire and release',
    `Of locks that nobody else wants, with a time to live of ${TTL / 1000} s. Callers are loops with one lock under way at
a time.`,
    ...[...cycles].flatMap(([name, results]) => [`### ${capital(name)}`, cycleTable(results)]),
  ];
}

function cycleTable(results) {
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
        number(result.latency.p50),
        number(result.latency.p99),
        number(result.cpuMicroseconds),
        result.metered.toFixed(1),
        number(Math.round(result.bytes)),
      ];
    }),
  );
}

function contendedSection(contended) {
  if (contended.size === 0) return [];
  return [
    `## ${CONTENDED} for one lock`,
    `${PROCESSES} processes with ${CONTENDERS_EACH} contenders each; who gets the lock holds it for ${HOLD_MS} ms and wants it again at once.
When a library gives up waiting, the contender asks again, and the wait goes on. Jain's index is 1 when all get the lock
equally often; starved is who gets less than a tenth of an equal share. *At once*: how often the lock was taken before
its last holder had begun to release it, by the clock of the machine.`,
    table(
      [
        'contender',
        'hand-offs/s',
        'wait p50, ms',
        'p99',
        'longest',
        'Jain',
        'starved',
        'hand-offs of one',
        'commands',
        'bytes',
        'at once',
      ],
      [...contended].map(([id, result]) => {
        if ('failed' in result) return [nameOf(id), `failed: ${result.failed}`, ...Array(9).fill('')];
        const { handOffs, waits, jain, shares, commands, bytes } = result;
        return [
          nameOf(id),
          number(handOffs),
          ...[waits.p50, waits.p99, waits.max].map(number),
          jain.toFixed(3),
          result.starved,
          `${shares.min}–${shares.max}`,
          commands.toFixed(1),
          number(Math.round(bytes)),
          result.overlaps,
        ];
      }),
    ),
  ];
}

function toldSection(told) {
  if (told.size === 0) return [];
  return [
    '## Told of a lost lock',
    `Locks of ${HELD_TTL / 1000} s are held and renewed when Redis falls silent: its process is frozen (SIGSTOP), or a proxy swallows
everything, both ways. Told by the signal or callback of the library, counted from the end of the lease on the server;
after ${PATIENCE_MS / 1000} s more, it is never. *Still held*: what the library says when asked, after that.`,
    table(
      ['contender', 'silence', ...TOLD_HEAD],
      [...told].flatMap(([how, results]) =>
        [...results].map(([id, result]) => [nameOf(id), how, ...toldCells(result)]),
      ),
    ),
  ];
}

function pausedSection(paused) {
  if (paused.size === 0) return [];
  return [
    '## A holder that stands still',
    `Holders of locks of ${PAUSED_TTL / 1000} s stand still for ${PAUSE_MS / 1000} s, as in a long collection of garbage. Meanwhile another process
takes the locks and writes to a register that refuses a fencing token older than the last. Then the holder wakes, asks
the library, and writes whatever it said.`,
    table(
      ['contender', 'library said: still held', 'late writes accepted'],
      [...paused].map(([id, result]) =>
        'failed' in result
          ? [nameOf(id), `failed: ${result.failed}`, '']
          : [nameOf(id), `${result.believed} of ${result.runs}`, `${result.accepted} of ${result.runs}`],
      ),
    ),
  ];
}

function lossSection(cycles, contended) {
  if (cycles.size + contended.size === 0) return [];
  const cycleRows = [...cycles].map(([name, results]) => [
    capital(name),
    behind(results, (result) => result?.operationsPerSecond?.median),
  ]);
  const rows = [
    ...cycleRows,
    [`${CONTENDED}, hand-offs`, behind(contended, (result) => result?.handOffs)],
    [`${CONTENDED}, wait, 50th percentile`, behind(contended, (result) => 1 / result?.waits?.p50)],
    [`${CONTENDED}, commands a hand-off`, behind(contended, (result) => 1 / result?.commands)],
    [`${CONTENDED}, bytes a hand-off`, behind(contended, (result) => 1 / result?.bytes)],
  ].filter(([, losses]) => losses);
  return [
    '## Where Sluice is slower or costs more',
    rows.length === 0 ? 'Nowhere in this run.' : table(['case', 'behind'], rows),
  ];
}

/** Who does better than ours: `of` is the more the better. */
function behind(results, of) {
  const our = of(results.get('ours'));
  if (results.size > 0 && !Number.isFinite(our)) return 'not measured, see above';
  return [...results]
    .map(([id, result]) => ({ id, ratio: our / of(result) }))
    .filter(({ ratio }) => ratio < 1)
    .sort((a, b) => a.ratio - b.ratio)
    .map(({ id, ratio }) => `${titleOf(id)} (${number(ratio)} ×)`)
    .join('; ');
}

function nameOf(id) {
  return id === 'ours' ? `**${titleOf(id)}**` : titleOf(id);
}
