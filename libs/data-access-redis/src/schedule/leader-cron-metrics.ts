import { Counter, Histogram } from 'prom-client';
import { shared } from '../lib/observability/shared-metric';

/** `skipped`: a moment that came while this process led, and for which it did not run. */
export type TaskOutcome = 'done' | 'failed' | 'skipped';

/** From a quick query to a sweep of minutes, in seconds. */
const BOUNDS = [0.01, 0.1, 1, 10, 60, 600];

/** The metrics of the tasks that this process led. */
export class LeaderCronMetrics {
  private readonly runs = shared(
    'redis_leader_cron_runs_total',
    (name) =>
      new Counter({
        name,
        help: 'Moments of periodic tasks, by what became of them',
        labelNames: ['task', 'outcome'],
      }),
  );
  private readonly durations = shared(
    'redis_leader_cron_duration_seconds',
    (name) =>
      new Histogram({
        name,
        help: 'How long periodic tasks ran',
        labelNames: ['task', 'outcome'],
        buckets: BOUNDS,
      }),
  );

  /** From the start: how much a counter has grown is not known of one that comes into being by its first event. */
  known(task: string): void {
    for (const outcome of ['done', 'failed', 'skipped'] satisfies TaskOutcome[]) {
      this.runs.inc({ task, outcome }, 0);
      if (outcome !== 'skipped') this.durations.zero({ task, outcome });
    }
  }

  ran(task: string, outcome: 'done' | 'failed', elapsedMs: number): void {
    this.runs.inc({ task, outcome });
    this.durations.observe({ task, outcome }, elapsedMs / 1_000);
  }

  skipped(task: string): void {
    this.runs.inc({ task, outcome: 'skipped' satisfies TaskOutcome });
  }
}
