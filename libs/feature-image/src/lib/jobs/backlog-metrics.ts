import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Backlog, ImageJobRepository } from '@sluice/data-access-database';
import { Gauge, register } from 'prom-client';

/** Scrapes that come within this time share one look at the database. */
const SHARED_FOR_MS = 5_000;

/** Of all modules of this process. */
const all = new Set<BacklogMetrics>();

/**
 * How many image jobs are unfinished, and for how long; of the whole installation, so every process shows the same.
 * While the database is away there is nothing to show.
 */
@Injectable()
export class BacklogMetrics implements OnApplicationShutdown {
  #last: { at: number; backlog: Promise<Backlog | undefined> } | undefined;

  constructor(private readonly jobs: ImageJobRepository) {
    all.add(this);
    show('image_jobs', 'Image jobs that have not ended', ({ jobs }) => jobs);
    show(
      'image_jobs_oldest_seconds',
      'Since the oldest image job was asked for that has not ended; 0 when there is none',
      ({ oldestSeconds }) => oldestSeconds,
    );
  }

  onApplicationShutdown(): void {
    all.delete(this);
  }

  /** Never rejects: a scrape shows all other figures even so. */
  look(): Promise<Backlog | undefined> {
    const now = performance.now();
    if (!this.#last || now - this.#last.at >= SHARED_FOR_MS) {
      this.#last = { at: now, backlog: this.jobs.backlog().catch(() => undefined) };
    }
    return this.#last.backlog;
  }
}

function show(name: string, help: string, figure: (of: Backlog['queued']) => number): void {
  // Two modules in one process (tests, say) share a metric instead of failing on its name.
  if (register.getSingleMetric(name)) return;
  new Gauge({
    name,
    help,
    labelNames: ['state'],
    async collect() {
      const backlogs = await Promise.all([...all].map((metrics) => metrics.look()));
      this.reset();
      for (const backlog of backlogs) {
        if (!backlog) continue;
        this.inc({ state: 'queued' }, figure(backlog.queued));
        this.inc({ state: 'in_flight' }, figure(backlog.inFlight));
      }
    },
  });
}
