import { Counter } from 'prom-client';
import type { RedisLink } from '../connection/redis-link';
import { shared } from './shared-metric';

/** A server is asked once in this time, however often somebody scrapes: providers bill each command. */
const ASK_EVERY_MS = 60_000;
const DEADLINE_MS = 500;

/** The connections of this process, of all modules. */
const all = new Set<ServerMetrics>();

/** What the servers count themselves. Nothing where a provider does not tell, and while Redis is lost. */
export class ServerMetrics {
  private askedAt = -Infinity;
  private evicted: number | undefined;

  constructor(private readonly link: Pick<RedisLink, 'masters'>) {
    all.add(this);
    shared(
      'redis_server_evicted_keys_total',
      (name) =>
        new Counter({
          name,
          help: 'Keys that the servers dropped because their memory was full, as of the last minute; all masters of a Cluster together',
          async collect() {
            const counts = await Promise.all([...all].map((one) => one.evictedKeys()));
            this.reset();
            const known = counts.filter((count) => count !== undefined);
            // A counter without labels shows 0 by itself, and 0 is a claim.
            if (known.length === 0) this.remove();
            else this.inc(Math.max(...known));
          },
        }),
    );
  }

  close(): void {
    all.delete(this);
  }

  /** Never rejects: a scrape shows all other figures even so. */
  private async evictedKeys(): Promise<number | undefined> {
    if (performance.now() - this.askedAt < ASK_EVERY_MS) return this.evicted;
    this.askedAt = performance.now();
    const { masters } = this.link;
    const counts = await Promise.all(
      masters.map((master) =>
        master
          .run('info', (driver) => driver.info('stats'), DEADLINE_MS)
          .then(
            (info) => /^evicted_keys:(\d+)/m.exec(String(info))?.[1],
            () => undefined,
          ),
      ),
    );
    const whole = masters.length > 0 && counts.every((count) => count !== undefined);
    this.evicted = whole ? counts.reduce((sum, count) => sum + Number(count), 0) : undefined;
    // What was not answered is asked again by the next scrape.
    if (!whole) this.askedAt = -Infinity;
    return this.evicted;
  }
}
