/** The values of each factor, by its name. */
export type Factors = Record<string, readonly unknown[]>;
export type Row<F extends Factors> = { -readonly [K in keyof F]: F[K][number] };

/**
 * Rows in which every two values of different factors meet at least once, chosen greedily; the same each time.
 *
 * @param possible rows that are not are never chosen
 */
export function pairwise<F extends Factors>(
  factors: F,
  possible: (row: Row<F>) => boolean = () => true,
): Row<F>[] {
  const all = everyRow(factors).filter(possible);
  const open = new Set(all.flatMap(pairsOf));
  const chosen: Row<F>[] = [];
  while (open.size > 0) {
    let best: Row<F> | undefined;
    let bestGain = 0;
    for (const row of all) {
      const gain = pairsOf(row).filter((pair) => open.has(pair)).length;
      if (gain > bestGain) [best, bestGain] = [row, gain];
    }
    if (!best) break;
    for (const pair of pairsOf(best)) open.delete(pair);
    chosen.push(best);
  }
  return chosen;
}

/** The whole product. */
export function everyRow<F extends Factors>(factors: F): Row<F>[] {
  return Object.entries(factors).reduce<Record<string, unknown>[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  ) as Row<F>[];
}

function pairsOf(row: object): string[] {
  const entries = Object.entries(row).map(([name, value]) => `${name}=${JSON.stringify(value) ?? ''}`);
  return entries.flatMap((one, index) => entries.slice(index + 1).map((other) => `${one}&${other}`));
}
