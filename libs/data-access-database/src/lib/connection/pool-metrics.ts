import type { Pool } from 'pg';
import { Gauge, register } from 'prom-client';

type Counts = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>;

interface Watched {
  readonly pool: Counts;
  readonly most: number;
}

/** The pools of this process, of all modules. */
const all = new Set<Watched>();

const gauge = (name: string, help: string, figure: (watched: Watched) => number) => {
  // Two modules in one process (tests, say) share a metric instead of failing on its name.
  if (register.getSingleMetric(name)) return;
  new Gauge({
    name,
    help,
    collect() {
      this.set([...all].reduce((sum, watched) => sum + figure(watched), 0));
    },
  });
};

/**
 * Shows how full a pool of connections is, whenever somebody scrapes.
 * @param most connections that it may have
 * @returns what ends it
 */
export function showPool(pool: Counts, most: number): () => void {
  const watched = { pool, most };
  all.add(watched);
  gauge(
    'database_pool_connections_used',
    'Connections to PostgreSQL that are at work',
    ({ pool: { totalCount, idleCount } }) => totalCount - idleCount,
  );
  gauge('database_pool_connections_max', 'Connections to PostgreSQL at most', (one) => one.most);
  gauge(
    'database_pool_waiting',
    'Callers who wait for a connection to PostgreSQL',
    (one) => one.pool.waitingCount,
  );
  return () => void all.delete(watched);
}
