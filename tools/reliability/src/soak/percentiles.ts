export interface Percentiles {
  requests: number;
  /** In ms. */
  p50: number;
  p99: number;
  longest: number;
}

export function percentilesOf(durations: readonly number[]): Percentiles {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10;
  return { requests: sorted.length, p50: at(0.5), p99: at(0.99), longest: at(1) };
}
