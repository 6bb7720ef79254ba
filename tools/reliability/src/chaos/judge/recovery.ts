import { COLUMNS } from '../matrix';
import type { Column, Sample } from '../matrix';

/** In ms from the end of the fault. */
export interface Recovery {
  /** Until it was as usual for half a second. */
  readonly first: number;
  /** Until it was as usual for good; undefined when it was unusual at the end again. */
  readonly forGood: number | undefined;
}

const STEADY_MS = 500;

/** When each column was as usual again; absent where it never was. */
export function recoveries(samples: readonly Sample[], endedAt: number): Map<Column, Recovery> {
  const found = new Map<Column, Recovery>();
  for (const column of COLUMNS) {
    const after = samples.filter((sample) => sample.column === column && sample.at >= endedAt);
    const steady = after.find(
      ({ usual, at }, i) =>
        usual &&
        (after.at(-1) as Sample).at >= at + STEADY_MS &&
        !after.slice(i).some((later) => !later.usual && later.at <= at + STEADY_MS),
    );
    if (!steady) continue;
    const last = after.findLastIndex(({ usual }) => !usual);
    const good = after[last + 1];
    found.set(column, { first: steady.at - endedAt, forGood: good && good.at - endedAt });
  }
  return found;
}
