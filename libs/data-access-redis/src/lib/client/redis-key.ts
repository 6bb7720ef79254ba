import { hasHashTag, keySlot, tagOfSlot } from '../connection/cluster/key-slot';
import { RedisUsageError } from '../connection/redis.errors';

/** What a key is for; its first part after the prefix. */
export const REDIS_KEY_KINDS = [
  'cache',
  'tag',
  'flight',
  'lock',
  'fence',
  'leader',
  'throttle',
  'job',
] as const;

export type RedisKeyKind = (typeof REDIS_KEY_KINDS)[number];

/** A key as features write it: kind, colon, name. The prefix of the installation is put before it. */
export type RedisKey = `${RedisKeyKind}:${string}`;

const LONGEST_KEY = 1_024;
const KIND = new RegExp(`^(${REDIS_KEY_KINDS.join('|')}):.`, 's');

/** @throws RedisUsageError for a key without a kind or of over 1,024 bytes. */
export function fullKey(prefix: string, key: RedisKey): string {
  if (!KIND.test(key)) {
    throw new RedisUsageError(`A key must begin with its kind (${REDIS_KEY_KINDS.join(', ')}) and a colon.`);
  }
  if (Buffer.byteLength(key) > LONGEST_KEY) {
    throw new RedisUsageError(`A key may have ${LONGEST_KEY} bytes; hash what it is made of.`);
  }
  return prefix + key;
}

/** Where the highest fencing token of a key lies: in its slot of a Cluster. */
export function fenceKey(prefix: string, key: RedisKey): RedisKey {
  if (hasHashTag(key)) return `fence:${key}`;
  const full = prefix + key;
  // Within braces it would end at its own.
  return key.includes('}') ? `fence:{${tagOfSlot(keySlot(full))}}:${key}` : `fence:{${full}}`;
}

/** @throws RedisUsageError unless it is a whole number of at least 1 ms: every key must expire. */
export function checkTtl(ttl: number): number {
  if (Number.isSafeInteger(ttl) && ttl >= 1) return ttl;
  throw new RedisUsageError('A time-to-live must be a whole number of milliseconds, at least 1.');
}
