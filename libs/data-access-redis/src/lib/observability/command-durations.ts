import { Histogram } from 'prom-client';

/** Upper bounds in seconds; Redis is faster than the finest bucket of most defaults. */
const BOUNDS = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

const HELP = 'Time until a command was answered or given up, by command and outcome (ok or an error code)';

/** Durations of one command with one outcome. */
export class Durations {
  readonly counts = new Array<number>(BOUNDS.length + 1).fill(0);
  sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++;
    (this.counts[bucket] as number) += 1;
    this.sum += seconds;
  }
}

/**
 * A histogram that is counted by ourselves and put together when somebody scrapes: it is fed with every command, and
 * the library's own way to a bucket takes ten times as long.
 */
export class CommandDurations extends Histogram {
  private readonly durations = new Map<string, Map<string, Durations>>();

  constructor(private readonly metricName: string) {
    super({
      name: metricName,
      help: HELP,
      labelNames: ['command', 'outcome'],
      buckets: BOUNDS,
    });
  }

  of(command: string, outcome: string): Durations {
    let outcomes = this.durations.get(command);
    if (!outcomes) this.durations.set(command, (outcomes = new Map()));
    let durations = outcomes.get(outcome);
    if (!durations) outcomes.set(outcome, (durations = new Durations()));
    return durations;
  }

  /** What a scrape reads. The library's types do not name it, but its registry and `get` ask a histogram in this way. */
  async getForPromString() {
    const values: { metricName: string; labels: object; sharedLabels: object; value: number }[] = [];
    for (const [command, outcomes] of this.durations) {
      for (const [outcome, { counts, sum }] of outcomes) {
        const labels = { command, outcome };
        let total = 0;
        for (const [i, count] of counts.entries()) {
          total += count;
          const le = BOUNDS[i] ?? '+Inf';
          values.push({
            metricName: `${this.metricName}_bucket`,
            labels: { ...labels, le },
            sharedLabels: {},
            value: total,
          });
        }
        values.push({ metricName: `${this.metricName}_sum`, labels, sharedLabels: {}, value: sum });
        values.push({ metricName: `${this.metricName}_count`, labels, sharedLabels: {}, value: total });
      }
    }
    return { name: this.metricName, help: HELP, type: 'histogram', aggregator: 'sum', values };
  }
}
