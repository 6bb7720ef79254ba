import { COLUMNS } from '../matrix';
import type { Cell, Column, Effect, Fault } from '../matrix';
import { CHECKS } from './checks';
import { ColumnView, standstill } from './observed';
import type { Observed } from './observed';
import { MOST_GROWTH_MIB, promiseOf } from './promises';
import { recoveries } from './recovery';
import type { Recovery } from './recovery';
import { lateness } from './timing';
import { heardLate, wrongAnswers } from './wrong-answers';

const MIB = 1_048_576;
const IN_LIBRARY: readonly Column[] = [
  'cached read',
  'cache write',
  'invalidation',
  'lock holder',
  'waiter',
  'leader',
];
/** A cell for each column. */
export function judge({ effect }: Pick<Fault, 'effect'>, observed: Observed): Cell[] {
  const { endedAt } = observed.spans;
  const recovered = recoveries(observed.samples, endedAt);
  return COLUMNS.map((column) => {
    return cell(new ColumnView(column, observed), effect, recovered.get(column));
  });
}

/** A row of a fault that could not be brought about. */
export function notRun({ effect }: Pick<Fault, 'effect'>, why: string): Cell[] {
  return COLUMNS.map((column) => ({
    column,
    promised: promiseOf(column, effect),
    happened: '',
    afterwards: '',
    worstMs: undefined,
    recoveredMs: undefined,
    wrong: [],
    unhandled: 0,
    grownMib: undefined,
    failures: [`did not run: ${why}`],
    late: [],
  }));
}

function cell(view: ColumnView, effect: Effect, recovery: Recovery | undefined): Cell {
  const { column, observed } = view;
  const { endedAt, stoppedAt } = observed.spans;
  const again = recovery && (recovery.forGood ?? stoppedAt - endedAt);
  const recoveredMs = again && again - standstill([endedAt, endedAt + again], observed.stalls);
  const where = IN_LIBRARY.includes(column) ? 'library' : 'api';
  const worstMs = view.latencies([...view.during, ...view.after]).at(-1);
  const wrong = wrongAnswers(view, effect);
  const unhandled = observed.unhandled[where];
  const grown = observed.grown[where];
  const failures = [
    ...didNotRun(view),
    ...wrong,
    ...unhandled,
    ...(recovery === undefined ? ['never as usual after Redis was back'] : []),
    ...(grown === undefined || Number.isNaN(grown) ? ['its memory was not measured'] : []),
    ...((grown ?? 0) > MOST_GROWTH_MIB * MIB
      ? [`its memory grew by ${((grown ?? 0) / MIB).toFixed(1)} MiB`]
      : []),
    ...(CHECKS[column]?.(view, effect) ?? []),
  ];
  return {
    column,
    promised: promiseOf(column, effect),
    happened: view.outcomes(view.during),
    afterwards: view.outcomes(view.after),
    worstMs,
    recoveredMs,
    wrong,
    unhandled: unhandled.length,
    grownMib: grown === undefined ? undefined : grown / MIB,
    failures: [...new Set(failures)],
    late: [...lateness(view, effect, worstMs, recoveredMs), ...heardLate(view, effect)],
  };
}

function didNotRun({ column, control, during, observed }: ColumnView): string[] {
  const parts = [
    ['before', control.some(({ usual }) => usual)],
    ['during', during.some(({ at }) => at < observed.spans.endedAt)],
    ['after', observed.samples.some((one) => one.column === column && one.at >= observed.spans.endedAt)],
  ] as const;
  return parts.filter(([, ran]) => !ran).map(([when]) => `did not run as it should ${when} the fault`);
}
