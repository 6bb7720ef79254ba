import { checkTtl } from '../client/redis-key';
import { RedisUsageError } from '../connection/redis.errors';

export interface RedisCacheOptions {
  /** How long a value is served, in ms. */
  ttl: number;
  /**
   * Share (0 to 1) by which each lifetime is shortened at random, so that values stored together do not expire
   * together. Default 0.1.
   */
  jitter?: number;
  /** How long an absence (`null`) is remembered, in ms. Default 10,000; 0: not at all. */
  negativeTtl?: number;
  /**
   * Tags of the value with this id, known before it is read; `RedisService.invalidateTags` takes all values of a
   * tag out of service at once. Default: none.
   */
  tags?: (id: string) => readonly string[];
}

export type ResolvedCacheOptions = Required<RedisCacheOptions>;

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws RedisUsageError */
export function resolveCacheOptions(name: string, options: RedisCacheOptions): ResolvedCacheOptions {
  if (!NAME.test(name)) {
    throw new RedisUsageError('A cache is named in lower case letters, digits and dashes, e.g. "character".');
  }
  const { ttl, jitter = 0.1, negativeTtl = 10_000, tags = () => [] } = options;
  checkTtl(ttl);
  if (negativeTtl !== 0) checkTtl(negativeTtl);
  if (!(jitter >= 0 && jitter <= 1))
    throw new RedisUsageError('The jitter of a cache is a number from 0 to 1.');
  return { ttl, jitter, negativeTtl, tags };
}
