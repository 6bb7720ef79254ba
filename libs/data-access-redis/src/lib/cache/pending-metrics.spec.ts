import { register } from 'prom-client';
import { PendingMetrics } from './pending-metrics';

const shown = async () =>
  [...(await register.metrics()).matchAll(/^redis_cache_invalidations_\w+ \d+$/gm)].map(String);

it('shows what waits and what was given up, of all modules of the process, until they are closed', async () => {
  const one = new PendingMetrics({ size: 2, droppedInAll: 3 });
  const other = new PendingMetrics({ size: 5, droppedInAll: 0 });
  expect(await shown()).toEqual([
    'redis_cache_invalidations_pending 7',
    'redis_cache_invalidations_dropped_total 3',
  ]);
  one.close();
  expect(await shown()).toEqual([
    'redis_cache_invalidations_pending 5',
    'redis_cache_invalidations_dropped_total 0',
  ]);
  other.close();
});
