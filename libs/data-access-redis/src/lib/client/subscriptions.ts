import { Logger } from '@nestjs/common';
import type { RedisConnection } from '../connection/redis-connection';
import type { RedisError } from '../connection/redis.errors';
import { outsideRedisScope } from '../connection/request-scope';

/** Returned by `subscribe`; closing it ends the delivery to that one handler. */
export interface RedisSubscription {
  close(): Promise<void>;
}

/** Until channels are asked for again that a server which is there did not subscribe. */
const RETRY_MS = 1_000;

export type MessageHandler = (message: string) => void;

/** Who listens to which channel, by its full name. */
export interface Subscriptions {
  /**
   * @param everywhere for those whom scripts write to: a script is told how many listen, but in a Cluster only of those
   * who listen at its own node. Listening at all of them, one hears each message once from each.
   */
  add(channel: string, handler: MessageHandler, everywhere?: boolean): Promise<RedisSubscription>;
  /** Whether messages of the channel arrive now; not for one that is listened to everywhere. */
  hears(channel: string): boolean;
  /** Calls back whenever channels have been subscribed anew: messages from before may have been missed. */
  onRenewed(callback: () => void): void;
  close(): Promise<void>;
}

/**
 * Subscriptions at one server. The list is ours, not the driver's: whenever a connection becomes usable, all
 * channels are subscribed anew, so a subscription made while Redis is away holds from the moment it is back.
 * Under RESP3 the command connection carries the messages; under RESP2 a subscribed connection can do nothing
 * else, and a second one (`sub`) is made when the first channel is asked for.
 */
export class ServerSubscriptions implements Subscriptions {
  private readonly logger = new Logger('Redis:subscriptions');
  private readonly handlers = new Map<string, Set<MessageHandler>>();
  private readonly heard = new Set<string>();
  private readonly renewed: (() => void)[] = [];
  private sub: RedisConnection | undefined;
  /** Resolves when `sub` is connected, or is not for the time being. */
  private dialled: Promise<void> | undefined;
  private refused = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly cmd: RedisConnection) {
    this.listenOn(cmd);
  }

  async add(channel: string, handler: MessageHandler): Promise<RedisSubscription> {
    const known = this.handlers.get(channel);
    if (known) known.add(handler);
    else {
      this.handlers.set(channel, new Set([handler]));
      await this.subscribe([channel]);
    }
    return { close: () => this.remove(channel, handler) };
  }

  hears(channel: string): boolean {
    return this.heard.has(channel);
  }

  onRenewed(callback: () => void): void {
    this.renewed.push(callback);
  }

  async close(): Promise<void> {
    this.handlers.clear();
    clearTimeout(this.retry);
    await this.sub?.close();
  }

  /** Ends the delivery to one handler. */
  async remove(channel: string, handler: MessageHandler): Promise<void> {
    const set = this.handlers.get(channel);
    if (!set?.delete(handler) || set.size > 0) return;
    this.handlers.delete(channel);
    this.heard.delete(channel);
    const connection = this.carrier();
    await connection.run('unsubscribe', (driver) => driver.unsubscribe(channel)).catch(() => undefined);
  }

  private carrier(): RedisConnection {
    if (!this.cmd.usable || this.cmd.protocol === 3) return this.cmd;
    if (!this.sub) {
      this.sub = this.cmd.beside('sub');
      this.listenOn(this.sub);
      this.dialled = this.sub.connect();
    }
    return this.sub;
  }

  private listenOn(connection: RedisConnection): void {
    connection.on('usable', () => void this.renew());
    connection.on('lost', () => this.heard.clear());
    connection.on('message', (channel, message) => {
      for (const handler of this.handlers.get(channel) ?? []) {
        try {
          handler(message);
        } catch (error) {
          this.logger.error(`a subscriber failed: ${error instanceof Error ? error.name : 'unknown error'}`);
        }
      }
    });
  }

  private async renew(): Promise<void> {
    if (await this.subscribe([...this.handlers.keys()])) this.renewed.forEach((callback) => callback());
  }

  private warnOfRefusal(): void {
    if (this.refused) return;
    this.refused = true;
    this.logger.warn(
      'this user may not subscribe to channels: whoever waits is served late, and near caches are not used without CLIENT TRACKING',
    );
  }

  private renewSoon(): void {
    this.retry ??= outsideRedisScope(() =>
      setTimeout(() => {
        this.retry = undefined;
        void this.renew();
      }, RETRY_MS),
    );
    this.retry.unref();
  }

  /** Failing is no loss: all of it is done again when the connection becomes usable, or soon if it still is. */
  private async subscribe(channels: readonly string[]): Promise<boolean> {
    if (channels.length === 0) return false;
    const carrier = this.carrier();
    // Whoever waits for the first channel relies on being heard from then on.
    if (carrier === this.sub && !carrier.usable) await this.dialled;
    return carrier
      .run('subscribe', (driver) => driver.subscribe(...channels))
      .then(
        () => {
          for (const channel of channels) if (this.handlers.has(channel)) this.heard.add(channel);
          return true;
        },
        (error: RedisError) => {
          if (error.code === 'REDIS_AUTH') this.warnOfRefusal();
          else if (error.code !== 'REDIS_USAGE' && carrier.usable && this.handlers.size > 0) this.renewSoon();
          return false;
        },
      );
  }
}
