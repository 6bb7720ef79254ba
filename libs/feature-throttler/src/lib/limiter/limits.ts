import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ThrottleMetrics } from '../observability/throttle-metrics';
import { THROTTLER_CONFIG, type ThrottlerConfig } from '../throttler.options';
import { Limit } from './limit';

/** All limits of the app, in the order in which they were declared. */
@Injectable()
export class Limits implements OnApplicationShutdown {
  readonly all: readonly Limit[];
  private readonly metrics: ThrottleMetrics;

  constructor(@Inject(THROTTLER_CONFIG) { policies, instances, maxTrackers }: ThrottlerConfig) {
    this.all = policies.map((policy) => new Limit(policy, instances, maxTrackers));
    this.metrics = new ThrottleMetrics(this.all);
  }

  find(name: string): Limit | undefined {
    return this.all.find(({ policy }) => policy.name === name);
  }

  onApplicationShutdown(): void {
    this.metrics.close();
  }
}
