import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, register } from 'prom-client';

/** Prometheus text of prom-client's default registry: the process's own metrics and what libraries register. */
@Injectable()
export class MetricsService {
  readonly contentType = register.contentType;

  constructor() {
    // The registry is one per process, and apps may be several in a test.
    if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
  }

  text(): Promise<string> {
    return register.metrics();
  }
}
