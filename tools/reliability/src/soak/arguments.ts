import { parseArgs } from 'node:util';

export interface SoakPlan {
  minutes: number;
  seed: number;
  /** Where the whole report is written; nowhere by default. */
  json: string | undefined;
  /** It goes on until so many faults have struck. */
  leastFaults: number;
  /** Between what has settled and the next fault, in ms: at least, and at most. */
  calmMs: readonly [least: number, most: number];
  /** Whether it is judged what grows, for which a few minutes are too short. */
  measuresGrowth: boolean;
}

/** Those that nobody chooses on the command line. */
const USUAL = { leastFaults: 0, calmMs: [8_000, 14_000], measuresGrowth: true } as const;

/** @throws Error that says which words there are */
export function readArguments(words: readonly string[]): SoakPlan {
  const { values } = parseArgs({
    args: [...words],
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, json: { type: 'string' } },
  });
  const minutes = Number(values.minutes ?? 10);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  if (!(minutes > 0 && minutes <= 24 * 60) || !Number.isSafeInteger(seed)) {
    throw new Error(
      'npm run soak -- [--minutes 10] [--seed 42] [--json FILE]: minutes from 0 to 1440, a whole seed',
    );
  }
  return { minutes, seed, json: values.json, ...USUAL };
}
