import type { RedisConnection } from '../connection/redis-connection';
import type { MastersLink } from '../connection/redis-link';
import { ServerSubscriptions } from './subscriptions';
import type { MessageHandler, RedisSubscription, Subscriptions } from './subscriptions';

interface Listener {
  readonly channel: string;
  readonly handler: MessageHandler;
}

/** A listener at one master: the one that serves the channel's slot. */
interface SettledListener extends Listener {
  /** Whose messages are handed on. */
  at: RedisConnection | undefined;
  /** Where it moves to. */
  wanted: RedisConnection | undefined;
  subscription: RedisSubscription | undefined;
}

/**
 * Subscriptions in a Cluster, whose nodes pass every message on to one another. All who listen to a channel do so at the
 * master of its slot, where it is also published: so each message comes once, and its sender is told how many heard it. With Sentinel the one master serves them all.
 */
export class ClusterSubscriptions implements Subscriptions {
  readonly #servers = new Map<RedisConnection, ServerSubscriptions>();
  readonly #everywhere = new Set<Listener>();
  readonly #settled = new Set<SettledListener>();
  readonly #renewed: (() => void)[] = [];

  constructor(private readonly cluster: MastersLink) {
    cluster.on('masters', () => this.#mastersChanged());
  }

  async add(channel: string, handler: MessageHandler, everywhere = false): Promise<RedisSubscription> {
    return everywhere ? this.#addEverywhere({ channel, handler }) : this.#settle(channel, handler);
  }

  hears(channel: string): boolean {
    const listener = [...this.#settled].find((one) => one.channel === channel);
    return listener?.at !== undefined && (this.#servers.get(listener.at)?.hears(channel) ?? false);
  }

  onRenewed(callback: () => void): void {
    this.#renewed.push(callback);
  }

  async close(): Promise<void> {
    this.#everywhere.clear();
    this.#settled.clear();
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }

  async #addEverywhere(listener: Listener): Promise<RedisSubscription> {
    this.#everywhere.add(listener);
    const { channel, handler } = listener;
    const made = [...this.#servers.values()].map((server) => server.add(channel, handler));
    await Promise.all(made);
    return {
      close: async () => {
        this.#everywhere.delete(listener);
        await Promise.all([...this.#servers.values()].map((server) => server.remove(channel, handler)));
      },
    };
  }

  async #settle(channel: string, handler: MessageHandler): Promise<RedisSubscription> {
    const listener: SettledListener = {
      channel,
      handler,
      at: undefined,
      wanted: undefined,
      subscription: undefined,
    };
    this.#settled.add(listener);
    await this.#move(listener);
    return {
      close: async () => {
        this.#settled.delete(listener);
        await listener.subscription?.close();
      },
    };
  }

  #mastersChanged(): void {
    const { masters } = this.cluster;
    for (const [master, server] of this.#servers) {
      if (masters.includes(master)) continue;
      this.#servers.delete(master);
      void server.close();
    }
    for (const master of masters) {
      if (this.#servers.has(master)) continue;
      const server = new ServerSubscriptions(master);
      this.#servers.set(master, server);
      server.onRenewed(() => this.#tellRenewed());
      for (const { channel, handler } of this.#everywhere) void server.add(channel, handler);
    }
    const moves = [...this.#settled].map((listener) => this.#move(listener));
    void Promise.all(moves).then((moved) => moved.includes(true) && this.#tellRenewed());
  }

  #tellRenewed(): void {
    for (const callback of this.#renewed) callback();
  }

  /**
   * It listens at the new place before it stops at the old, and is handed what comes from one of them at a time.
   * @returns whether it listens elsewhere now
   */
  async #move(listener: SettledListener): Promise<boolean> {
    const { channel, handler } = listener;
    const to = this.cluster.masterOf(channel);
    const server = to && this.#servers.get(to);
    if (!server || to === listener.wanted) return false;
    listener.wanted = to;
    listener.at ??= to;
    const subscription = await server.add(channel, (message) => {
      if (listener.at === to) handler(message);
    });
    if (listener.wanted !== to || !this.#settled.has(listener)) {
      void subscription.close();
      return false;
    }
    const { subscription: before } = listener;
    listener.at = to;
    listener.subscription = subscription;
    await before?.close();
    return true;
  }
}
