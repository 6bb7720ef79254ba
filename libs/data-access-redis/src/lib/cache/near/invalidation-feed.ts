import { Logger } from '@nestjs/common';
import type { Subscriptions } from '../../client/subscriptions';
import type { RedisConnection } from '../../connection/redis-connection';
import type { RedisLink } from '../../connection/redis-link';
import type { Coherence } from './coherence';
import { TrackingLink } from './tracking-link';

/** Without tracking a message can be lost unseen, so nothing is kept longer than this. */
const TTL_WITHOUT_TRACKING_MS = 1_000;

/**
 * Invalidations from the server, or in a Cluster from each of its masters. What any of them may have failed to tell makes
 * all of it worthless: a near cache does not know which server an entry came from, and slots move.
 *
 * On a server that cannot track, changes are published by those who make them.
 */
export class InvalidationFeed {
  private readonly logger = new Logger('Redis:near-cache');
  private readonly prefixes = new Set<string>();
  private readonly channel: string;
  private links = new Map<RedisConnection, TrackingLink>();
  private mode: 'unknown' | 'tracking' | 'published' = 'unknown';
  private listening = false;
  /** What others publish is heard, and nothing is kept from before it was. */
  private hearing = false;
  private learning = false;
  private closed = false;

  constructor(
    private readonly cmd: RedisLink,
    private readonly subscriptions: Subscriptions,
    private readonly prefix: string,
    private readonly coherence: Coherence,
  ) {
    this.channel = `${prefix}ch:invalidate`;
    cmd.on('usable', () => this.learnSoon());
    cmd.on('lost', () => this.disarm());
    cmd.on('masters', () => this.mastersChanged());
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
    if (this.mode === 'published') {
      return (
        this.hearing &&
        this.subscriptions.hears(this.channel) &&
        this.cmd.masters.every(({ usable }) => usable)
      );
    }
    let trusted = this.links.size > 0;
    for (const link of this.links.values()) trusted = link.trusted(now) && trusted;
    return trusted;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.closeLinks();
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
    } else if (tracks) this.openLinks();
    else await this.listenInstead();
  }

  private openLinks(): void {
    const { masters } = this.cmd;
    for (const [master, link] of this.links) {
      if (masters.includes(master)) continue;
      this.links.delete(master);
      void link.close();
    }
    for (const master of masters) {
      const link = this.links.get(master) ?? this.linkTo(master);
      link.open();
    }
  }

  private linkTo(master: RedisConnection): TrackingLink {
    const { prefixes, coherence, cmd } = this;
    const refused = () => void this.listenInstead();
    const link = new TrackingLink(master, prefixes, cmd.clustered, coherence, refused);
    this.links.set(master, link);
    return link;
  }

  /** Nothing that a slot's former master told, or will tell, says what happens to it now. */
  private mastersChanged(): void {
    const { masters } = this.cmd;
    const known = masters.length === this.links.size && masters.every((master) => this.links.has(master));
    if (known) return this.coherence.lost();
    this.disarm();
    if (this.cmd.usable) this.learnSoon();
  }

  private async listenInstead(): Promise<void> {
    const already = this.listening;
    this.listening = true;
    this.mode = 'published';
    await this.closeLinks();
    if (already) return;
    this.logger.warn(
      `this server does not tell what changes (no CLIENT TRACKING, or not for this user): near caches keep values for at most ${TTL_WITHOUT_TRACKING_MS} ms, and processes tell one another what they change`,
    );
    this.subscriptions.onRenewed(() => this.hearAnew());
    await this.subscriptions.add(this.channel, (key) => this.coherence.told(key));
    this.hearAnew();
  }

  /** Reads that were answered before the channel was subscribed are judged in this turn, and not kept. */
  private hearAnew(): void {
    this.hearing = false;
    setImmediate(() => {
      this.coherence.lost();
      this.hearing = true;
    });
  }

  private async closeLinks(): Promise<void> {
    this.disarm();
    const links = [...this.links.values()];
    this.links = new Map();
    await Promise.all(links.map((link) => link.close()));
  }

  private disarm(): void {
    this.coherence.lost();
    for (const link of this.links.values()) link.disarm();
  }
}
