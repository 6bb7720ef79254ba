/** Whole µs of a clock that is never set: fractions would make a wait of 30 s one of 30.000000004. */
export function localNow(): number {
  return Math.floor(performance.now() * 1_000);
}
