import { Logger } from '@nestjs/common';
import { readLua } from '../client/read-lua';
import type { RedisClient } from '../client/redis-client';
import type { RedisKey } from '../client/redis-key';
import type { RedisScript } from '../client/redis-script';
import { encode } from './entry/envelope';
import type { Entry } from './entry/envelope';
import { flightKey } from './flight/flight-key';

const MOST_NOTED = 1_000;
const ENTRY_ROOM = `${__dirname}/entry`;

/** Writes of entries that are not fills: each bounded by the deadline of cache commands. */
export class CacheStore {
  private readonly logger = new Logger('Redis:cache');
  private readonly noted = new Set<string>();
  private readonly put: RedisScript<number>;
  private readonly remove: RedisScript<number>;
  private readonly discardScript: RedisScript<number>;

  constructor(
    client: RedisClient,
    private readonly prefix: string,
    private readonly timeoutMs: number,
  ) {
    const settle = readLua(`${__dirname}/flight`, 'settle.lua');
    const script = (name: string, before = '') =>
      client.defineScript({
        name: `cache-${name}`,
        lua: before + readLua(ENTRY_ROOM, `${name}.lua`),
        parse: Number,
      });
    this.put = script('put', settle);
    this.remove = script('forget', settle);
    this.discardScript = script('discard');
  }

  /** Stores whatever is there; a load that runs will not be stored any more. */
  async overwrite(key: RedisKey, entry: Omit<Entry, 'head'>, ttl: number, tellOn: string): Promise<void> {
    await this.put.run({
      keys: [key, flightKey(this.prefix, key)],
      args: [encode(entry), ttl, tellOn],
      timeoutMs: this.timeoutMs,
    });
  }

  /** Removes; a load that runs will not be stored any more. */
  async forget(key: RedisKey, tellOn: string): Promise<void> {
    await this.remove.run({
      keys: [key, flightKey(this.prefix, key)],
      args: [tellOn],
      timeoutMs: this.timeoutMs,
    });
  }

  /** Garbage counts as a miss, is said once, and is removed if it is still there. Not waited for. */
  discard(key: RedisKey, garbage: Buffer): void {
    this.note(key, 'a value that is no cache entry');
    this.discardScript
      .run({ keys: [key], args: [garbage], timeoutMs: this.timeoutMs })
      .catch(() => undefined);
  }

  /** Once per key, and without its name, which may hold what is nobody's business. */
  note(key: RedisKey, what: string): void {
    if (this.noted.has(key)) return;
    if (this.noted.size >= MOST_NOTED) this.noted.clear();
    this.noted.add(key);
    const cache = key.split(':', 2).join(':');
    this.logger.warn(`${what} lies under a key of ${cache}; it counts as a miss and is replaced`);
  }
}
