import type { RedisConnection } from '../../connection/redis-connection';
import { RedisError } from '../../connection/redis.errors';
import { outsideRedisScope } from '../../connection/request-scope';
import type { Coherence } from './coherence';

const TRACKING_CHANNEL = '__redis__:invalidate';
/** How often the link is asked for a sign of life while near caches are in use, and how old the sign may be. */
const HEARTBEAT_MS = 200;
const MOST_SILENCE_MS = 750;
const DEADLINE_MS = 500;

/**
 * Invalidations from one server. A connection of its own (`inv`) is switched to broadcast tracking with itself as
 * the target of the messages, which under RESP2 is public behaviour of the driver; its only traffic are the keys
 * that change under the prefixes of near caches.
 *
 * The link is trusted only while it has shown a sign of life a moment ago: a link that is silently dead looks
 * like one on which nothing changes. Signs are asked for only while near caches are being used.
 */
export class TrackingLink {
  private inv: RedisConnection | undefined;
  private armed = false;
  private heardAt = 0;
  private used = false;
  private timer: NodeJS.Timeout | undefined;
  private asking = false;
  private closed = false;

  /**
   * @param prefixes of what is to be told; may grow until the next {@link open}
   * @param inCluster the node must also say that it is not cut off from the others, for then another may have its slots
   * @param onRefused the server does not track, or not for this user
   */
  constructor(
    private readonly master: RedisConnection,
    private readonly prefixes: ReadonlySet<string>,
    private readonly inCluster: boolean,
    private readonly coherence: Coherence,
    private readonly onRefused: () => void,
  ) {}

  /** Begins, or begins anew: with a server that may be another, or for more prefixes. */
  open(): void {
    if (this.inv) {
      this.disarm();
      this.inv.reconnect();
      return;
    }
    const inv = this.master.beside('inv');
    this.inv = inv;
    inv.on('usable', () => void this.arm(inv));
    inv.on('lost', () => this.disarm());
    inv.on('invalidate', (keys) => {
      if (keys === null) this.coherence.lost();
      else for (const key of keys) this.coherence.told(key);
    });
    void inv.connect();
  }

  /** Whether every invalidation up to a moment ago has arrived. */
  trusted(now: number): boolean {
    if (!this.armed) return false;
    this.used = true;
    if (this.timer === undefined) this.startHeartbeat();
    const silence = now - this.heardAt;
    return silence >= 0 && silence < MOST_SILENCE_MS;
  }

  /** Nothing that was kept is served, and nothing is trusted until it is armed again. */
  disarm(): void {
    this.armed = false;
    clearInterval(this.timer);
    this.timer = undefined;
    this.coherence.lost();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.disarm();
    await this.inv?.close();
  }

  private async arm(inv: RedisConnection): Promise<void> {
    const prefixes = [...this.prefixes].flatMap((prefix) => ['PREFIX', prefix]);
    try {
      const id = await inv.run('client-id', (d) => d.client('ID'), DEADLINE_MS);
      // A circuit that closed again finds it on already, and the server refuses the same prefixes twice.
      await inv.run('client-tracking', (d) => d.call('CLIENT', 'TRACKING', 'OFF'), DEADLINE_MS);
      const words = ['TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', ...prefixes];
      await inv.run('client-tracking', (d) => d.call('CLIENT', ...words), DEADLINE_MS);
      const sentAt = Date.now();
      await inv.run('subscribe', (d) => d.subscribe(TRACKING_CHANNEL), DEADLINE_MS);
      if (this.closed) return;
      this.coherence.lost(); // what was kept before knew of no invalidation since
      this.heardAt = sentAt;
      this.armed = true;
    } catch (error) {
      if (this.closed) return;
      const { code } = error as RedisError;
      if (code === 'REDIS_USAGE' || code === 'REDIS_AUTH') this.onRefused();
      else inv.reconnect();
    }
  }

  /** Begun by a request that reads, but not bound to its patience with Redis. */
  private startHeartbeat(): void {
    outsideRedisScope(() => {
      void this.askForLife();
      this.timer = setInterval(() => {
        if (this.used) return void this.askForLife();
        clearInterval(this.timer);
        this.timer = undefined;
      }, HEARTBEAT_MS);
      this.timer.unref();
    });
  }

  /** An answer proves that all invalidations from before the question have been read. */
  private async askForLife(): Promise<void> {
    if (this.asking || !this.inv) return;
    this.asking = true;
    this.used = false;
    const sentAt = Date.now();
    const ping = this.inv.run('ping', (d) => d.ping(), DEADLINE_MS);
    const [alive, inCharge] = await Promise.all([
      ping.then(
        () => true,
        () => false,
      ),
      this.isInCharge(),
    ]);
    this.asking = false;
    if (!this.armed) return;
    if (!alive) this.inv.reconnect();
    else if (inCharge) this.heardAt = sentAt;
  }

  /** A node of a Cluster that is cut off from the others, or was made a replica, lives, but another has its slots. */
  private isInCharge(): boolean | Promise<boolean> {
    if (!this.inCluster) return true;
    return this.master
      .run(
        'cluster-info',
        (d) => Promise.all([d.call('CLUSTER', 'INFO'), d.info('replication')]),
        DEADLINE_MS,
      )
      .then(
        ([cluster, role]) => String(cluster).includes('cluster_state:ok') && !/^role:slave/m.test(role),
        () => false,
      );
  }
}
