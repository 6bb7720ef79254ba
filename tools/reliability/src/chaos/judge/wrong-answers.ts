import type { Effect } from '../matrix';
import { standstill } from './observed';
import type { ColumnView } from './observed';
import { HEARD_WITHIN_MS, RECOVERY_MS } from './promises';

/** What must never be, whatever Redis does, and what must not be where Redis has kept its data. */
export function wrongAnswers({ all, observed }: ColumnView, effect: Effect): string[] {
  return all.flatMap(({ wrong, shared, stale, at }) => [
    ...(wrong ? [wrong] : []),
    // A moment before the data was lost it was not lost.
    ...(shared && (effect.data === 'kept' || at < observed.spans.struckAt) ? [shared] : []),
    ...(stale && effect.data !== 'lost' ? [stale] : []),
  ]);
}

/** What another process went on to serve for too long while Redis was well. */
export function heardLate({ all, observed }: ColumnView, effect: Effect): string[] {
  const { struckAt, endedAt } = observed.spans;
  const disturbed = (at: number) =>
    effect.commands !== 'served' && at >= struckAt && at <= endedAt + RECOVERY_MS;
  return all.flatMap(({ at, staleMs = 0 }) => {
    const alone = disturbed(at) ? 0 : staleMs - standstill([at - staleMs, at], observed.stalls);
    return alone > HEARD_WITHIN_MS ? [`an old state held elsewhere for ${alone.toFixed(0)} ms`] : [];
  });
}
