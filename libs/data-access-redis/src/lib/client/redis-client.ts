import { groupBySlot } from '../connection/cluster/key-slot';
import type { RedisLink } from '../connection/redis-link';
import { RedisUsageError } from '../connection/redis.errors';
import type { RedisState } from '../connection/redis-state';
import { FencedWrites } from './fenced-writes';
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

export interface RedisFencedOptions {
  /** Time-to-live in ms. */
  ttl: number;
  /** Of the lock, or the term of the leadership, under which it is written. */
  fencingToken: number;
}

/**
 * What features hold of Redis, by the token `REDIS_CLIENT`. It is an object of ours in front of the shared
 * connection: there is no way from it to the driver, and none to another connection. Keys are given without the
 * prefix. Every call is bounded in time and rejects with a `RedisError`.
 */
export class RedisClient {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #subscriptions: Subscriptions;
  readonly #increment: RedisScript<number>;
  readonly #fenced: FencedWrites;

  constructor(link: RedisLink, prefix: string, subscriptions: Subscriptions) {
    this.#link = link;
    this.#prefix = prefix;
    this.#subscriptions = subscriptions;
    this.#increment = this.defineScript({
      name: 'increment',
      lua: readLua(__dirname, 'increment.lua'),
      parse: Number,
    });
    this.#fenced = new FencedWrites(link, prefix);
  }

  /** What is known of the connection; asks nobody. */
  get state(): RedisState {
    return this.#link.state;
  }

  async get(key: RedisKey): Promise<string | null> {
    const full = this.#full(key);
    return this.#link.run('get', (driver) => driver.get(full), undefined, full);
  }

  /** Values in the order of the keys; null where there is none. In a Cluster one question for each slot. */
  async getMany(keys: readonly RedisKey[]): Promise<(string | null)[]> {
    if (keys.length === 0) return [];
    const full = keys.map((key) => this.#full(key));
    const values: (string | null)[] = [];
    await this.#bySlot(full, async (group, places) => {
      const found = await this.#link.run('mget', (driver) => driver.mget(group), undefined, group[0]);
      places.forEach((place, i) => (values[place] = found[i] ?? null));
    });
    return values;
  }

  /** True when it was written; false when `onlyIf` forbade it. */
  async set(key: RedisKey, value: string, { ttl, onlyIf }: RedisSetOptions): Promise<boolean> {
    const full = this.#full(key);
    const px = checkTtl(ttl);
    const reply = await this.#link.run(
      'set',
      (driver) => {
        if (onlyIf === 'absent') return driver.set(full, value, 'PX', px, 'NX');
        if (onlyIf === 'present') return driver.set(full, value, 'PX', px, 'XX');
        return driver.set(full, value, 'PX', px);
      },
      undefined,
      full,
    );
    return reply === 'OK';
  }

  /**
   * Writes a value that a lock protects: refused when somebody with a higher token has written it already, for then the
   * lock was lost meanwhile. All who write the key must write it so. The highest token is remembered for a day, or for
   * `ttl` if that is longer; a Redis that restarts empty, or fails over to a replica that has missed the last writes,
   * forgets it together with the value. Then the process that wrote it raises it again, if it did so within the last
   * minute; the value stays lost. What must not be lost belongs into a database, with its fence.
   *
   * @returns false when it was refused
   * @example
   * ```ts
   * const written = await client.setFenced('job:report', text, { ttl: 60_000, fencingToken: lock.fencingToken });
   * ```
   */
  async setFenced(key: RedisKey, value: string, { ttl, fencingToken }: RedisFencedOptions): Promise<boolean> {
    if (!Number.isSafeInteger(fencingToken) || fencingToken < 1) {
      throw new RedisUsageError('A fencing token is a positive whole number, as a lock or a leadership has.');
    }
    return this.#fenced.write(key, value, ttl, fencingToken);
  }

  /**
   * How many of the keys existed. Memory is freed in the background (`UNLINK`). In a Cluster, keys of one master may be
   * removed when those of another cannot be reached, and it rejects then.
   */
  async delete(...keys: readonly RedisKey[]): Promise<number> {
    if (keys.length === 0) return 0;
    const full = keys.map((key) => this.#full(key));
    let removed = 0;
    await this.#bySlot(full, async (group) => {
      const existed = await this.#link.run('unlink', (d) => d.unlink(...group), undefined, group[0]);
      removed += existed;
    });
    return removed;
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
    return (await this.#link.run('pexpire', (driver) => driver.pexpire(full, px), undefined, full)) === 1;
  }

  /** Milliseconds left, or null when the key does not exist. */
  async timeToLive(key: RedisKey): Promise<number | null> {
    const full = this.#full(key);
    const left = await this.#link.run('pttl', (driver) => driver.pttl(full), undefined, full);
    return left < 0 ? null : left;
  }

  /** Time of a round trip in ms; in a Cluster of the longest, to all masters at once. */
  async ping(): Promise<number> {
    const startedAt = performance.now();
    const { masters, clustered } = this.#link;
    const asked = clustered && masters.length > 0 ? masters : [this.#link];
    await Promise.all(asked.map((master) => master.run('ping', (driver) => driver.ping())));
    return performance.now() - startedAt;
  }

  /** Sends to all who are subscribed now, in every process; answers how many connections that were. */
  async publish(channel: string, message: string): Promise<number> {
    const full = this.#channel(channel);
    return this.#link.run('publish', (driver) => driver.publish(full, message), undefined, full);
  }

  /**
   * Calls `handler` with each message of the channel. Messages sent while the connection is lost are lost too;
   * the subscription itself is renewed. A handler that throws is logged and keeps its subscription.
   */
  async subscribe(channel: string, handler: (message: string) => void): Promise<RedisSubscription> {
    return this.#subscriptions.add(this.#channel(channel), handler);
  }

  /**
   * @internal For a channel that scripts publish to and whose listeners they count: in a Cluster each message comes once
   * from each master.
   */
  hear(channel: string, handler: (message: string) => void): Promise<RedisSubscription> {
    return this.#subscriptions.add(this.#channel(channel), handler, true);
  }

  /**
   * An atomic operation in Lua. In a Cluster its keys must lie in one slot: give them the same `{hash tag}`.
   *
   * @example
   * ```ts
   * const takeOne = client.defineScript({ name: 'take-one', lua, parse: Number });
   * await takeOne.run({ keys: ['job:queue'], args: [10] });
   * ```
   */
  defineScript<R>(definition: RedisScriptDefinition<R>): RedisScript<R> {
    return new RedisScript(this.#link, this.#prefix, definition);
  }

  /** A command may have the keys of one slot only; without a Cluster, all. */
  async #bySlot(
    keys: string[],
    run: (group: string[], places: readonly number[]) => Promise<void>,
  ): Promise<void> {
    if (!this.#link.clustered) return run(keys, [...keys.keys()]);
    const groups = [...groupBySlot(keys).values()];
    await Promise.all(
      groups.map((places) =>
        run(
          places.map((place) => keys[place] as string),
          places,
        ),
      ),
    );
  }

  #full(key: RedisKey): string {
    return fullKey(this.#prefix, key);
  }

  #channel(name: string): string {
    if (!name || name.length > 256) throw new RedisUsageError('A channel has a name of 1–256 characters.');
    return `${this.#prefix}ch:${name}`;
  }
}
