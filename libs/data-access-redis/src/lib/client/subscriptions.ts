import { Logger } from '@nestjs/common';
import type { RedisConnection } from '../connection/redis-connection';

/** Returned by `subscribe`; closing it ends the delivery to that one handler. */
export interface RedisSubscription {
  close(): Promise<void>;
}

type Handler = (message: string) => void;

/**
 * Who listens to which channel. The list is ours, not the driver's: whenever a connection becomes usable, all
 * channels are subscribed anew, so a subscription made while Redis is away holds from the moment it is back.
 * Under RESP3 the command connection carries the messages; under RESP2 a subscribed connection can do nothing
 * else, and a second one (`sub`) is made when the first channel is asked for.
 */
export class Subscriptions {
  private readonly logger = new Logger('Redis:subscriptions');
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly renewed: (() => void)[] = [];
  private sub: RedisConnection | undefined;

  constructor(
    private readonly cmd: RedisConnection,
    private readonly openSub: () => RedisConnection,
  ) {
    this.listenOn(cmd);
  }

  async add(channel: string, handler: Handler): Promise<RedisSubscription> {
    const known = this.handlers.get(channel);
    if (known) known.add(handler);
    else {
      this.handlers.set(channel, new Set([handler]));
      await this.subscribe([channel]);
    }
    return { close: () => this.remove(channel, handler) };
  }

  /** Calls back whenever channels have been subscribed: messages from before may have been missed. */
  onRenewed(callback: () => void): void {
    this.renewed.push(callback);
  }

  async close(): Promise<void> {
    this.handlers.clear();
    await this.sub?.close();
  }

  private async remove(channel: string, handler: Handler): Promise<void> {
    const set = this.handlers.get(channel);
    if (!set?.delete(handler) || set.size > 0) return;
    this.handlers.delete(channel);
    const connection = this.carrier();
    await connection.run('unsubscribe', (driver) => driver.unsubscribe(channel)).catch(() => undefined);
  }

  private carrier(): RedisConnection {
    if (!this.cmd.usable || this.cmd.protocol === 3) return this.cmd;
    if (!this.sub) {
      this.sub = this.openSub();
      this.listenOn(this.sub);
      void this.sub.connect();
    }
    return this.sub;
  }

  private listenOn(connection: RedisConnection): void {
    connection.on('usable', () => void this.subscribe([...this.handlers.keys()]));
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

  /** Failing is no loss: the next time the connection becomes usable all of it is done again. */
  private async subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length === 0) return;
    await this.carrier()
      .run('subscribe', (driver) => driver.subscribe(...channels))
      .then(
        () => this.renewed.forEach((callback) => callback()),
        () => undefined,
      );
  }
}
