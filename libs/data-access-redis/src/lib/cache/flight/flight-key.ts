import type { RedisKey } from '../../client/redis-key';

/**
 * Where the flight of an entry lies: in the same slot of a Cluster, since what stands in braces there is the
 * entry's whole key, which has no braces of its own (see `EntryKeys`).
 */
export function flightKey(prefix: string, entry: RedisKey): RedisKey {
  return `flight:{${prefix}${entry}}`;
}
