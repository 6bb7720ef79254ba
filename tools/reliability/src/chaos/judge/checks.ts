import type { Column, Effect } from '../matrix';
import { LEASE_MS, WAIT_MS } from '../probes/lease-times';
import { THROTTLE } from '../throttle';
import { standstill } from './observed';
import type { ColumnView } from './observed';
import { OTHERS_ADDED_MS } from './promises';

type Check = (view: ColumnView, effect: Effect) => string[];

/** What is promised of one column alone. */
export const CHECKS: Partial<Record<Column, Check>> = {
  'lock holder': (view, effect) => overWithTheLease(view, effect, 'held', 'held'),
  leader: (view, effect) => overWithTheLease(view, effect, 'one leads', 'led'),
  waiter: (view) => {
    const worst = view.latencies(view.all).at(-1) ?? 0;
    return worst > WAIT_MS + OTHERS_ADDED_MS
      ? [`it waited ${worst.toFixed(0)} ms, longer than it was to`]
      : [];
  },
  'throttled request': limitHolds,
  'image job': ({ observed }) =>
    observed.paintedTwice > 0 ? [`${observed.paintedTwice} images painted twice`] : [],
};

/** Nobody takes himself for the holder of a lease that he cannot have renewed. */
function overWithTheLease(view: ColumnView, { commands }: Effect, outcome: string, what: string): string[] {
  if (commands !== 'lost') return [];
  const { struckAt, endedAt } = view.observed.spans;
  const late = view.during.find(
    ({ at, outcome: seen }) =>
      seen === outcome &&
      at < endedAt &&
      at - standstill([struckAt, at], view.observed.stalls) > struckAt + LEASE_MS,
  );
  return late
    ? [`${what} ${(late.at - struckAt).toFixed(0)} ms after Redis was lost, by a lease of ${LEASE_MS} ms`]
    : [];
}

function limitHolds({ all }: ColumnView): string[] {
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return [];
  const seconds = (last.at - first.at) / 1_000;
  const quota = THROTTLE.burst + THROTTLE.perSecond * seconds;
  const allowed = all.filter(({ outcome }) => outcome === 'allowed').length;
  if (allowed > 2 * quota) return [`${allowed} requests allowed, ${quota.toFixed(0)} is the limit`];
  if (allowed < Math.min(quota, all.length) / 2)
    return [`only ${allowed} requests allowed, ${quota.toFixed(0)} is the limit`];
  return [];
}
