/** Milliseconds on the clock that all processes of a machine share and nobody sets (CLOCK_MONOTONIC). */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
