import { Logger } from '@nestjs/common';
import type { Subscriptions } from '../../client/subscriptions';
import type { RedisConnection } from '../../connection/redis-connection';
import { RedisError } from '../../connection/redis.errors';
import { outsideRedisScope } from '../../connection/request-scope';
import type { Coherence } from './coherence';

const TRACKING_CHANNEL = '__redis__:invalidate';
/** How often the link is asked for a sign of life while near caches are in use, and how old the sign may be. */
const HEARTBEAT_MS = 200;
const MOST_SILENCE_MS = 750;
/** Without tracking a message can be lost unseen, so nothing is kept longer than this. */
const TTL_WITHOUT_TRACKING_MS = 1_000;
const DEADLINE_MS = 500;

/**
 * Invalidations from the server. A connection of its own (`inv`) is switched to broadcast tracking with itself as
 * the target of the messages, which under RESP2 is public behaviour of the driver; its only traffic are the keys
 * that change under the prefixes of near caches.
 *
 * The link is trusted only while it has shown a sign of life a moment ago: a link that is silently dead looks
 * like one on which nothing changes. Signs are asked for only while near caches are being used.
 *
 * On a server that cannot track, changes are published by those who make them.
 */
export class InvalidationFeed {
  private readonly logger = new Logger('Redis:near-cache');
  private readonly prefixes = new Set<string>();
  private readonly channel: string;
  private inv: RedisConnection | undefined;
  private armed = false;
  private heardAt = 0;
  private used = false;
  private timer: NodeJS.Timeout | undefined;
  private asking = false;
  private mode: 'unknown' | 'tracking' | 'published' = 'unknown';
  private listening = false;
  private learning = false;
  private closed = false;

  constructor(
    private readonly cmd: RedisConnection,
    private readonly openInv: () => RedisConnection,
    private readonly subscriptions: Subscriptions,
    private readonly prefix: string,
    private readonly coherence: Coherence,
  ) {
    this.channel = `${prefix}ch:invalidate`;
    cmd.on('usable', () => this.learnSoon());
    cmd.on('lost', () => this.disarm());
  }

  /** Channel on which scripts tell of what they change; `''` when the server tells by itself. */
  get tellOn(): string {
    return this.mode === 'tracking' ? '' : this.channel;
  }

  /** Longest time in ms that a value may be kept near. */
  get longestTtl(): number {
    return this.mode === 'tracking' ? Infinity : TTL_WITHOUT_TRACKING_MS;
  }

  /** A near cache begins: from now on it must be told what happens to keys that begin so. */
  watch(base: string): void {
    this.prefixes.add(base);
    this.prefixes.add(`${this.prefix}tag:`);
    if (this.cmd.usable) this.learnSoon();
  }

  /** Whether every invalidation up to a moment ago has arrived. */
  trusted(now: number): boolean {
    if (this.mode === 'published') return this.cmd.usable;
    if (!this.armed) return false;
    this.used = true;
    if (this.timer === undefined) this.startHeartbeat();
    const silence = now - this.heardAt;
    return silence >= 0 && silence < MOST_SILENCE_MS;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.disarm();
    await this.inv?.close();
  }

  /** Once for all near caches that are made in one go. */
  private learnSoon(): void {
    if (this.learning) return;
    this.learning = true;
    setImmediate(() => {
      this.learning = false;
      void this.learnServer();
    });
  }

  /** The server may be another one after each reconnect. */
  private async learnServer(): Promise<void> {
    if (this.closed || !this.cmd.facts) return;
    const { tracks } = this.cmd.facts;
    if (tracks) this.mode = 'tracking';
    if (this.prefixes.size === 0) {
      if (!tracks) this.mode = 'published';
    } else if (tracks) this.openLink();
    else await this.listenInstead();
  }

  private openLink(): void {
    if (this.inv) {
      this.disarm();
      this.inv.reconnect();
      return;
    }
    const inv = this.openInv();
    this.inv = inv;
    inv.on('usable', () => void this.arm(inv));
    inv.on('lost', () => this.disarm());
    inv.on('invalidate', (keys) => {
      if (keys === null) this.coherence.lost();
      else for (const key of keys) this.coherence.changed(key);
    });
    void inv.connect();
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
      this.coherence.lost(); // what was kept before knew of no invalidation since
      this.heardAt = sentAt;
      this.armed = true;
    } catch (error) {
      const { code } = error as RedisError;
      if (code === 'REDIS_USAGE' || code === 'REDIS_AUTH') await this.listenInstead();
      else inv.reconnect();
    }
  }

  private async listenInstead(): Promise<void> {
    const already = this.listening;
    this.listening = true;
    this.mode = 'published';
    this.disarm();
    const { inv } = this;
    this.inv = undefined;
    await inv?.close();
    if (already) return;
    this.logger.warn(
      `this server does not tell what changes (no CLIENT TRACKING, or not for this user): near caches keep values for at most ${TTL_WITHOUT_TRACKING_MS} ms, and processes tell one another what they change`,
    );
    await this.subscriptions.add(this.channel, (key) => this.coherence.changed(key));
  }

  private disarm(): void {
    this.armed = false;
    clearInterval(this.timer);
    this.timer = undefined;
    this.coherence.lost();
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
    const alive = await this.inv
      .run('ping', (d) => d.ping(), DEADLINE_MS)
      .then(
        () => true,
        () => false,
      );
    this.asking = false;
    if (!this.armed) return;
    if (alive) this.heardAt = sentAt;
    else this.inv.reconnect();
  }
}
