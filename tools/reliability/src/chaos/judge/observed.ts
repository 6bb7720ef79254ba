import type { Column, Sample, Span } from '../matrix';

/** All that was seen while one fault came and went. */
export interface Observed {
  readonly samples: readonly Sample[];
  readonly spans: {
    readonly began: number;
    readonly struckAt: number;
    readonly endedAt: number;
    readonly stoppedAt: number;
  };
  /** When memory was measured: collecting garbage stops everybody. */
  readonly measuring: readonly Span[];
  /** When one of the processes stood still, for want of a processor most of the time. */
  readonly stalls: readonly Span[];
  readonly unhandled: Readonly<Record<'library' | 'api', readonly string[]>>;
  /** Bytes. */
  readonly grown: Readonly<Record<'library' | 'api', number | undefined>>;
  readonly paintedTwice: number;
}

/** What one probe saw, in its three parts. Latencies are without what the machine is to blame for. */
export class ColumnView {
  readonly control: readonly Sample[];
  /** What was on its way during the fault, also if it ended later. */
  readonly during: readonly Sample[];
  readonly after: readonly Sample[];

  constructor(
    readonly column: Column,
    readonly observed: Observed,
  ) {
    const { began, struckAt, endedAt, stoppedAt } = observed.spans;
    const mine = observed.samples.filter((sample) => sample.column === column && sample.at >= began);
    this.control = mine.filter(({ at }) => at < struckAt);
    this.during = mine.filter(({ at, ms }) => at >= struckAt && at - ms < endedAt);
    this.after = mine.filter(({ at, ms }) => at - ms >= endedAt && at <= stoppedAt);
  }

  get all(): readonly Sample[] {
    return [...this.control, ...this.during, ...this.after];
  }

  /** In ms, of samples that no measuring of memory disturbed; ascending. */
  latencies(samples: readonly Sample[]): number[] {
    const { measuring, stalls } = this.observed;
    return samples
      .filter(({ at, ms }) => !measuring.some((span) => overlap([at - ms, at], span) > 0))
      .map(({ at, ms }) => Math.max(0, ms - standstill([at - ms, at], stalls)))
      .sort((a, b) => a - b);
  }

  /** How often each outcome was, the most frequent first. */
  outcomes(samples: readonly Sample[]): string {
    const counts = new Map<string, number>();
    for (const { outcome } of samples) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ');
  }
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** For how many ms of the span some process stood still. */
export function standstill(span: Span, stalls: readonly Span[]): number {
  let sum = 0;
  let until = span[0];
  for (const [from, to] of [...stalls].sort((a, b) => a[0] - b[0])) {
    sum += overlap([Math.max(until, span[0]), span[1]], [from, to]);
    until = Math.max(until, to);
  }
  return sum;
}

function overlap([from, to]: Span, [otherFrom, otherTo]: Span): number {
  return Math.max(0, Math.min(to, otherTo) - Math.max(from, otherFrom));
}
