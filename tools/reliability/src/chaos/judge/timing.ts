import type { Column, Effect } from '../matrix';
import { median } from './observed';
import type { ColumnView } from './observed';
import {
  CACHED_READ_ADDED_MS,
  CIRCUIT_OPENS_WITHIN_MS,
  MEDIAN_ADDED_MS,
  OTHERS_ADDED_MS,
  RECOVERY_MS,
} from './promises';

/** Those whose latency is how long they wait, which a fault lengthens by all that it lasts. */
const WAITING: readonly Column[] = ['waiter', 'leader'];

/** What came later than promised. On a machine that does much else, that may be the machine. */
export function lateness(
  view: ColumnView,
  effect: Effect,
  worstMs: number | undefined,
  recoveredMs: number | undefined,
): string[] {
  return [
    ...tooSlow(view, worstMs),
    ...(view.column === 'cached read' ? medianWithoutRedis(view, effect) : []),
    ...(view.column === 'readiness' ? saysDegraded(view, effect) : []),
    ...(recoveredMs !== undefined && recoveredMs > RECOVERY_MS
      ? [`as usual only ${recoveredMs.toFixed(0)} ms after Redis was back`]
      : []),
  ];
}

function tooSlow(view: ColumnView, worstMs: number | undefined): string[] {
  if (WAITING.includes(view.column) || worstMs === undefined) return [];
  const usually = view.latencies(view.control);
  const slowest = usually.at(-1) ?? 0;
  const allowed = view.column === 'cached read' ? CACHED_READ_ADDED_MS : OTHERS_ADDED_MS;
  if (worstMs <= slowest + allowed) return [];
  return [
    `too slow: ${worstMs.toFixed(0)} ms; before the fault ${slowest.toFixed(0)} ms at worst, ${median(usually).toFixed(1)} at the median`,
  ];
}

function medianWithoutRedis(view: ColumnView, { commands }: Effect): string[] {
  if (commands !== 'lost') return [];
  const { struckAt } = view.observed.spans;
  const open = view.during.filter(({ at }) => at > struckAt + CIRCUIT_OPENS_WITHIN_MS);
  const [usually, without] = [view.control, open].map((samples) => median(view.latencies(samples)));
  if (usually === undefined || without === undefined || without - usually <= MEDIAN_ADDED_MS) return [];
  return [`at the median ${without.toFixed(1)} ms with the circuit open, ${usually.toFixed(1)} before`];
}

function saysDegraded({ during, observed }: ColumnView, { commands }: Effect): string[] {
  if (commands !== 'lost') return [];
  if (during.some(({ outcome }) => outcome === 'degraded')) return [];
  return [
    `it never said degraded in ${((observed.spans.endedAt - observed.spans.struckAt) / 1_000).toFixed(1)} s`,
  ];
}
