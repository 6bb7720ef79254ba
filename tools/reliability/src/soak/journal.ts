import type { Timeline } from './timeline';

export interface NotedRequest {
  readonly at: number;
  readonly ms: number;
  readonly status: number;
}

/** What has happened to everybody: each request, each wrong answer, and what was allowed only because something was broken. */
export class Journal {
  readonly requests: NotedRequest[] = [];
  readonly wrong: string[] = [];
  readonly done = new Map<string, number>();

  constructor(
    readonly timeline: Timeline,
    private readonly since: number,
  ) {}

  request(at: number, ms: number, status: number): void {
    this.requests.push({ at, ms, status });
  }

  /** Counts it. */
  did(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  /** An answer that nobody may ever be given. */
  fail(what: string, at = performance.now()): void {
    const broken = this.timeline.faults.findLast(({ startedAt }) => startedAt <= at);
    const when = `${((at - this.since) / 1_000).toFixed(1)} s`;
    const after = broken
      ? `, ${((at - broken.startedAt) / 1_000).toFixed(1)} s after ${broken.name} began`
      : '';
    this.wrong.push(`${when}${after}: ${what}`);
  }
}
