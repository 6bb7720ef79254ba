import { oncePerTurn } from '../client/once-per-turn';
import type { RedisClient } from '../client/redis-client';
import type { Subscriptions } from '../client/subscriptions';
import type { RedisConfig } from '../config/redis.config';
import type { RedisLink } from '../connection/redis-link';
import { CacheStore } from './cache-store';
import { FleetFlights } from './flight/fleet-flights';
import type { WakeUps } from '../waiting/wake-ups';
import { Coherence } from './near/coherence';
import { InvalidationFeed } from './near/invalidation-feed';
import { PendingInvalidations } from './pending-invalidations';
import { BatchedReads } from './read-batch';
import { ServerClock } from './server-clock';
import { tagKey, Tags } from './tag/tags';

/** By how much the clocks of a Cluster's masters may differ, in µs. */
const CLOCKS_DIFFER_US = 100_000;

/** What all caches of a process share: one batch of reads, one feed of invalidations, one line of unsent ones. */
export class CacheEngine {
  readonly clock = new ServerClock();
  readonly pending: PendingInvalidations;
  readonly reads: BatchedReads;
  readonly tags: Tags;
  readonly store: CacheStore;
  readonly fleet: FleetFlights;
  readonly coherence: Coherence;
  readonly feed: InvalidationFeed;
  /** How exactly times of two keys can be compared, in µs: in a Cluster they may be of two clocks. */
  readonly clockErrorUs: number;
  readonly prefix: string;
  /** False when near caches are switched off for the whole process. */
  readonly mayBeNear: boolean;

  constructor(
    { keyPrefix, cacheTimeoutMs, nearCache }: Pick<RedisConfig, 'keyPrefix' | 'cacheTimeoutMs' | 'nearCache'>,
    cmd: RedisLink,
    client: RedisClient,
    subscriptions: Subscriptions,
    wakeUps: WakeUps,
  ) {
    this.prefix = keyPrefix;
    this.clockErrorUs = cmd.clustered ? CLOCKS_DIFFER_US : 0;
    this.mayBeNear = nearCache;
    this.pending = new PendingInvalidations((what) => cmd.datasetOf(keyPrefix + what));
    this.reads = new BatchedReads(cmd, cacheTimeoutMs);
    this.tags = new Tags(client, cacheTimeoutMs);
    this.store = new CacheStore(client, keyPrefix, cacheTimeoutMs);
    this.fleet = new FleetFlights(client, keyPrefix, cacheTimeoutMs, this.clock, wakeUps);
    this.coherence = new Coherence(keyPrefix, this.reads);
    this.feed = new InvalidationFeed(cmd, subscriptions, keyPrefix, this.coherence);
    const repeatDoubtful = oncePerTurn(() => {
      const doubtful = this.pending.mastersChanged();
      if (doubtful.length > 0) this.reads.doubt(new Set(doubtful.map((what) => keyPrefix + what)));
    });
    cmd.on('masters', repeatDoubtful);
    cmd.on('usable', () => {
      if (cmd.facts) {
        const { time, sentAt, receivedAt } = cmd.facts;
        this.clock.observe(time[0], time[1], sentAt, receivedAt);
      }
      void this.pending.replay();
    });
  }

  /** The full key of a tag, as it is read and as the server tells of it. */
  tagKey(tag: string): string {
    return this.prefix + tagKey(tag);
  }

  /** Raises a tag in Redis, now or as soon as Redis is back, and at once in this process. Never rejects. */
  async invalidateTag(tag: string): Promise<void> {
    const full = this.tagKey(tag);
    this.coherence.changed(full);
    await this.pending.send(tagKey(tag), () => this.tags.raise(tag, this.feed.tellOn));
    this.coherence.changed(full); // a read that was answered before the raise may have come in since
  }

  async close(): Promise<void> {
    await this.pending.close();
    await this.feed.close();
  }
}
