import { GROUPS } from './faults/all-faults';
import type { Group } from './faults/all-faults';
import { notRun } from './judge/judge';
import { isRed } from './matrix';
import type { Fault, Row } from './matrix';
import type { Run } from './report/markdown';
import { machine } from './report/machine';
import { runRow } from './run-row';
import type { Times } from './run-row';
import { TestBed } from './test-bed';

export interface MatrixOptions {
  readonly short: boolean;
  /** Only rows whose name has it. */
  readonly filter: string;
  readonly say: (line: string) => void;
}

const TIMES: Times = { controlMs: 2_500, lastsMs: 5_000 };
const SHORT_TIMES: Times = { controlMs: 1_500, lastsMs: 3_500 };

/** Runs all rows, or the short ones, one after the other. */
export async function runMatrix({ short, filter, say }: MatrixOptions): Promise<Run> {
  const about = machine();
  const wanted = (fault: Fault) => (!short || fault.short === true) && fault.name.includes(filter);
  const topologies = [];
  for (const group of GROUPS) {
    const faults = group.faults.filter(wanted);
    if (faults.length === 0) continue;
    topologies.push({
      name: group.topology,
      rows: await runGroup(group, faults, short ? SHORT_TIMES : TIMES, say),
    });
  }
  return { machine: about, topologies };
}

async function runGroup(
  group: Group,
  faults: readonly Fault[],
  times: Times,
  say: MatrixOptions['say'],
): Promise<Row[]> {
  const rows: Row[] = [];
  let bed: TestBed | undefined;
  for (const fault of faults) {
    try {
      bed ??= await TestBed.start(group.start);
      rows.push(await runRow(bed, fault, times));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(why);
      rows.push({
        fault: fault.name,
        summary: fault.summary,
        evidence: '',
        lastedMs: 0,
        cells: notRun(fault, why.split('\n')[0] ?? why),
      });
    }
    const row = rows.at(-1) as Row;
    const red = row.cells.filter(isRed);
    say(`${red.length === 0 ? 'green' : 'RED  '} ${fault.name}: ${row.evidence}`);
    for (const { column, failures, late } of red) {
      say(`        ${column}: ${[...failures, ...late].slice(0, 4).join('; ').slice(0, 600)}`);
    }
    if (row.cells.every(({ failures }) => failures.length === 0)) continue;
    // Whatever it has left behind is not the next one's fault.
    await bed?.stop();
    bed = undefined;
  }
  await bed?.stop();
  return rows;
}
