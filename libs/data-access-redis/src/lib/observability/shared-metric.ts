import { register } from 'prom-client';
import type { Metric } from 'prom-client';

/** Two modules in one process (tests, say) share a metric instead of failing on its name. */
export function shared<M extends Metric>(name: string, create: (name: string) => M): M {
  return (register.getSingleMetric(name) as M | undefined) ?? create(name);
}
