import type { RedisConnection } from '../connection/redis-connection';
import { RedisUsageError } from '../connection/redis.errors';
import type { RedisState } from '../connection/redis-state';
import { readLua } from './read-lua';
import { checkTtl, fullKey } from './redis-key';
import type { RedisKey } from './redis-key';
import { RedisScript } from './redis-script';
import type { RedisScriptDefinition } from './redis-script';
import type { RedisSubscription, Subscriptions } from './subscriptions';

export interface RedisSetOptions {
  /** Time-to-live in ms; required, for every key must expire. */
  ttl: number;
  /** Write only when the key is `absent` or `present`. Default: always. */
  onlyIf?: 'absent' | 'present';
}

/**
 * What features hold of Redis, by the token `REDIS_CLIENT`. It is an object of ours in front of the shared
 * connection: there is no way from it to the driver, and none to another connection. Keys are given without the
 * prefix. Every call is bounded in time and rejects with a `RedisError`.
 */
export class RedisClient {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #subscriptions: Subscriptions;
  readonly #increment: RedisScript<number>;

  constructor(connection: RedisConnection, prefix: string, subscriptions: Subscriptions) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#subscriptions = subscriptions;
    this.#increment = this.defineScript({
      name: 'increment',
      lua: readLua(__dirname, 'increment.lua'),
      parse: Number,
    });
  }

  /** What is known of the connection; asks nobody. */
  get state(): RedisState {
    return this.#connection.state;
  }

  async get(key: RedisKey): Promise<string | null> {
    const full = this.#full(key);
    return this.#connection.run('get', (driver) => driver.get(full));
  }

  /** Values in the order of the keys; null where there is none. */
  async getMany(keys: readonly RedisKey[]): Promise<(string | null)[]> {
    if (keys.length === 0) return [];
    const full = keys.map((key) => this.#full(key));
    return this.#connection.run('mget', (driver) => driver.mget(full));
  }

  /** True when it was written; false when `onlyIf` forbade it. */
  async set(key: RedisKey, value: string, { ttl, onlyIf }: RedisSetOptions): Promise<boolean> {
    const full = this.#full(key);
    const px = checkTtl(ttl);
    const reply = await this.#connection.run('set', (driver) => {
      if (onlyIf === 'absent') return driver.set(full, value, 'PX', px, 'NX');
      if (onlyIf === 'present') return driver.set(full, value, 'PX', px, 'XX');
      return driver.set(full, value, 'PX', px);
    });
    return reply === 'OK';
  }

  /** How many of the keys existed. Memory is freed in the background (`UNLINK`). */
  async delete(...keys: readonly RedisKey[]): Promise<number> {
    if (keys.length === 0) return 0;
    const full = keys.map((key) => this.#full(key));
    return this.#connection.run('unlink', (driver) => driver.unlink(...full));
  }

  /** Adds `by` (default 1) and answers the sum; a new counter expires `ttl` ms after its first increment. */
  async increment(key: RedisKey, { ttl, by = 1 }: { ttl: number; by?: number }): Promise<number> {
    if (!Number.isSafeInteger(by)) throw new RedisUsageError('An increment must be a whole number.');
    return this.#increment.run({ keys: [key], args: [by, checkTtl(ttl)] });
  }

  /** Gives the key a new time-to-live in ms; false when it does not exist. */
  async expire(key: RedisKey, ttl: number): Promise<boolean> {
    const full = this.#full(key);
    const px = checkTtl(ttl);
    return (await this.#connection.run('pexpire', (driver) => driver.pexpire(full, px))) === 1;
  }

  /** Milliseconds left, or null when the key does not exist. */
  async timeToLive(key: RedisKey): Promise<number | null> {
    const full = this.#full(key);
    const left = await this.#connection.run('pttl', (driver) => driver.pttl(full));
    return left < 0 ? null : left;
  }

  /** Time of a round trip in ms. */
  async ping(): Promise<number> {
    const startedAt = performance.now();
    await this.#connection.run('ping', (driver) => driver.ping());
    return performance.now() - startedAt;
  }

  /** Sends to all who are subscribed now, in every process; answers how many connections that were. */
  async publish(channel: string, message: string): Promise<number> {
    const full = this.#channel(channel);
    return this.#connection.run('publish', (driver) => driver.publish(full, message));
  }

  /**
   * Calls `handler` with each message of the channel. Messages sent while the connection is lost are lost too;
   * the subscription itself is renewed. A handler that throws is logged and keeps its subscription.
   */
  async subscribe(channel: string, handler: (message: string) => void): Promise<RedisSubscription> {
    return this.#subscriptions.add(this.#channel(channel), handler);
  }

  /**
   * An atomic operation in Lua.
   *
   * @example
   * ```ts
   * const takeOne = client.defineScript({ name: 'take-one', lua, parse: Number });
   * await takeOne.run({ keys: ['job:queue'], args: [10] });
   * ```
   */
  defineScript<R>(definition: RedisScriptDefinition<R>): RedisScript<R> {
    return new RedisScript(this.#connection, this.#prefix, definition);
  }

  #full(key: RedisKey): string {
    return fullKey(this.#prefix, key);
  }

  #channel(name: string): string {
    if (!name || name.length > 256) throw new RedisUsageError('A channel has a name of 1–256 characters.');
    return `${this.#prefix}ch:${name}`;
  }
}
