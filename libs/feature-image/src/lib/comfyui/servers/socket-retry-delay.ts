const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** Doubles with every attempt, from the first; half of it is chance, so that processes do not come back together. */
export function socketRetryDelay(attempt: number, random = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
