import { Logger } from '@nestjs/common';
import { readLua } from '../client/read-lua';
import type { RedisClient } from '../client/redis-client';
import { fullKey } from '../client/redis-key';
import type { RedisKey } from '../client/redis-key';
import type { RedisScript } from '../client/redis-script';
import type { RedisConnection } from '../connection/redis-connection';
import { RedisError } from '../connection/redis.errors';
import { decode, encode } from './envelope';
import type { Decoded, Entry } from './envelope';
import { tagKey, Tags } from './tags';

/** What a read found: the entry with its stamp, and the present versions of the tags asked for. */
export interface Found {
  decoded: Decoded | { is: 'nothing' };
  tags: ReadonlyMap<string, string>;
}

/** How long a tombstone stands, and so the longest a load may take for its result to be stored. */
export const FENCE_MS = 30_000;
const MOST_NOTED = 1_000;

/** The commands of all caches: each bounded by the deadline of cache commands. */
export class CacheStore {
  readonly tags: Tags;
  private readonly logger = new Logger('Redis:cache');
  private readonly noted = new Set<string>();
  private readonly fillScript: RedisScript<number>;
  private readonly discardScript: RedisScript<number>;

  constructor(
    private readonly connection: RedisConnection,
    private readonly prefix: string,
    private readonly timeoutMs: number,
    client: RedisClient,
  ) {
    this.tags = new Tags(client);
    this.fillScript = client.defineScript({
      name: 'cache-fill',
      lua: readLua(__dirname, 'fill.lua'),
      parse: Number,
    });
    this.discardScript = client.defineScript({
      name: 'cache-discard',
      lua: readLua(__dirname, 'discard.lua'),
      parse: Number,
    });
  }

  /** The value and the versions of its tags, in one round trip. */
  async read(key: RedisKey, tags: readonly string[]): Promise<Found> {
    const full = fullKey(this.prefix, key);
    const [value, versions] = await Promise.all([
      this.connection
        .run('cache-get', (driver) => driver.get(full), this.timeoutMs)
        .catch((error: RedisError) => {
          if (error.reason === 'WRONGTYPE') return undefined;
          throw error;
        }),
      this.readMany(tags.map(tagKey)),
    ]);
    return {
      decoded: value === undefined ? this.foreign(key) : this.decoded(key, value),
      tags: new Map(tags.flatMap((tag, i) => (versions[i] == null ? [] : [[tag, versions[i]]]))),
    };
  }

  /** The raw texts of keys in their order; null where there is none, or one of another type. */
  async readMany(keys: readonly RedisKey[]): Promise<(string | null)[]> {
    if (keys.length === 0) return [];
    const full = keys.map((key) => fullKey(this.prefix, key));
    return this.connection.run('cache-mget', (driver) => driver.mget(full), this.timeoutMs);
  }

  decoded(key: RedisKey, raw: string | null): Found['decoded'] {
    if (raw === null) return { is: 'nothing' };
    const decoded = decode(raw);
    if (decoded.is !== 'garbage') return decoded;
    this.note(key, 'a value that is no cache entry');
    this.discard(key, raw);
    return { is: 'nothing' };
  }

  /** Stores unless the key changed since `seen`; an unanswered fill is no loss. */
  async fill(key: RedisKey, seen: string, entry: Entry, ttl: number): Promise<void> {
    const args = [seen, encode(entry), ttl];
    const answer = await this.fillScript.run({ keys: [key], args, timeoutMs: this.timeoutMs });
    if (answer === 2) this.note(key, 'a value of another type');
  }

  async overwrite(key: RedisKey, entry: Entry, ttl: number): Promise<void> {
    const full = fullKey(this.prefix, key);
    await this.connection.run(
      'cache-set',
      (driver) => driver.set(full, encode(entry), 'PX', ttl),
      this.timeoutMs,
    );
  }

  async bury(key: RedisKey): Promise<void> {
    const tombstone: Entry = { kind: 'tombstone', body: '', expiresAt: 0, tags: {} };
    await this.overwrite(key, tombstone, FENCE_MS + 1_000);
  }

  async raiseTag(tag: string): Promise<void> {
    await this.tags.raise(tag, this.timeoutMs);
  }

  tagVersions(tags: readonly string[]): Promise<Record<string, string>> {
    return this.tags.versions(tags, this.timeoutMs);
  }

  private foreign(key: RedisKey): Found['decoded'] {
    this.note(key, 'a value of another type');
    this.discard(key, '');
    return { is: 'nothing' };
  }

  private discard(key: RedisKey, garbage: string): void {
    this.discardScript
      .run({ keys: [key], args: [garbage], timeoutMs: this.timeoutMs })
      .catch(() => undefined);
  }

  /** Once per key, and without its name, which may hold what is nobody's business. */
  private note(key: RedisKey, what: string): void {
    if (this.noted.has(key)) return;
    if (this.noted.size >= MOST_NOTED) this.noted.clear();
    this.noted.add(key);
    const cache = key.split(':', 2).join(':');
    this.logger.warn(`${what} lies under a key of ${cache}; it counts as a miss and is removed`);
  }
}
