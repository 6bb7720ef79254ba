export interface Slope {
  /** Growth in a minute. */
  perMinute: number;
  /** Its standard error. */
  error: number;
  /** Growth over the whole time, as the line has it. */
  growth: number;
  samples: number;
}

/**
 * The line through the samples by least squares, and how sure it is.
 * @param samples at least three; `at` in ms
 */
export function slopeOf(samples: readonly { at: number; value: number }[]): Slope {
  const n = samples.length;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const minutes = samples.map(({ at }) => at / 60_000);
  const values = samples.map(({ value }) => value);
  const [mx, my] = [mean(minutes), mean(values)];
  const spread = minutes.reduce((sum, x) => sum + (x - mx) ** 2, 0);
  const perMinute = minutes.reduce((sum, x, i) => sum + (x - mx) * ((values[i] ?? 0) - my), 0) / spread;
  const rest = minutes.reduce((sum, x, i) => sum + ((values[i] ?? 0) - my - perMinute * (x - mx)) ** 2, 0);
  const error = Math.sqrt(rest / Math.max(1, n - 2) / spread);
  const growth = perMinute * ((minutes.at(-1) ?? 0) - (minutes[0] ?? 0));
  return { perMinute, error, growth, samples: n };
}

/**
 * Whether it grows: by more than chance explains (three standard errors), and by enough to matter.
 * @param least growth over the whole time that is nothing
 */
export function grows({ perMinute, error, growth }: Slope, least: number): boolean {
  return perMinute > 3 * error && growth > least;
}
