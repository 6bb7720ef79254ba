import { COLUMNS, isRed } from '../matrix';
import type { Cell, Row } from '../matrix';

export interface Run {
  readonly machine: Readonly<Record<string, string>>;
  readonly topologies: readonly { readonly name: string; readonly rows: readonly Row[] }[];
}

/** The report as a Markdown page. */
export function reportOf({ machine, topologies }: Run): string {
  const rows = topologies.flatMap((topology) => topology.rows);
  const cells = rows.flatMap((row) => row.cells);
  const red = cells.filter(isRed).length;
  return [
    '# What happens when Redis fails',
    INTRODUCTION,
    table(
      ['', ''],
      Object.entries(machine).map(([name, value]) => [name, value]),
    ),
    `${cells.length} cells, ${cells.length - red} as promised, ${red} not. ${totals(cells)}`,
    '## All at a glance',
    'Worst latency, and in how many seconds all was as usual after Redis was back. For a waiter and a leader the first is the longest time without.',
    table(
      ['', ...COLUMNS],
      rows.map((row) => [row.fault, ...row.cells.map(glance)]),
    ),
    ...topologies.flatMap(({ name, rows }) => [`## On ${name}`, ...rows.flatMap(section)]),
    '',
  ].join('\n\n');
}

const INTRODUCTION = `Written by \`npm run chaos\`, which brings about each fault on real servers while two processes of the built API, their
clients over HTTP, and the library in a process of its own go on working; a cell that is not as promised, or did not run,
is **red** and ends it with exit code 1. \`npm run chaos -- --short\` runs a handful in a minute.

Everywhere is promised: no wrong answer, no unhandled rejection, all as usual within 5 s after Redis is back, at most
200 ms more for a cached read and 600 ms for everything else than the slowest answer of the same probe before the fault,
and at most 32 MiB more memory (after garbage was collected). Time in which a process itself stood still for want of a
processor is not counted.`;

function section(row: Row): string[] {
  return [
    `### ${row.fault}`,
    `${row.summary} It lasted ${(row.lastedMs / 1_000).toFixed(1)} s. Seen: ${row.evidence || 'nothing'}.`,
    table(
      ['', 'promised', 'happened meanwhile', 'worst', 'as usual after', 'wrong', 'unhandled', 'memory'],
      row.cells.map((cell) => [
        `${mark(cell)}${cell.column}`,
        cell.promised,
        [cell.happened, ...[...cell.failures, ...cell.late].slice(0, 3).map((failure) => `**${failure}**`)]
          .filter(Boolean)
          .join('; '),
        milliseconds(cell.worstMs),
        seconds(cell.recoveredMs),
        String(cell.wrong.length),
        String(cell.unhandled),
        cell.grownMib === undefined ? '–' : `${cell.grownMib >= 0 ? '+' : ''}${cell.grownMib.toFixed(1)} MiB`,
      ]),
    ),
  ];
}

function totals(cells: readonly Cell[]): string {
  const sum = (of: (cell: Cell) => number) => cells.reduce((total, cell) => total + of(cell), 0);
  return `Wrong answers: ${sum(({ wrong }) => wrong.length)}. Unhandled rejections: ${sum(({ unhandled }) => unhandled)}.`;
}

function glance(cell: Cell): string {
  return `${mark(cell)}${milliseconds(cell.worstMs)}, ${seconds(cell.recoveredMs)}`;
}

function mark(cell: Cell): string {
  return isRed(cell) ? '**RED** ' : '';
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1_000).toFixed(1)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
