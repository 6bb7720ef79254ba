import { RedisUsageError } from '../connection/redis.errors';

const LONGEST_NAME_BYTES = 400;
/** A name of fewer characters cannot have more bytes than that, whatever they are. */
const SURELY_SHORT = Math.floor(LONGEST_NAME_BYTES / 3);
/** What an ordinary name does not have. */
const UNUSUAL = /[{}%\ud800-\udfff]/;
const HALF_A_PAIR = /\p{Surrogate}/u;

/**
 * Full keys of a lease and of the line before it: in one slot of a Cluster, which hashes what stands in braces.
 *
 * @throws RedisUsageError for a name that is missing, too long, or half of a surrogate pair
 */
export function leaseKeys(prefix: string, kind: 'lock' | 'leader', name: string): [string, string] {
  if (typeof name !== 'string' || name === '') {
    throw new RedisUsageError(`The name of a ${kind} is missing.`);
  }
  const key = `${prefix}${kind}:{${escaped(kind, name)}}`;
  return [key, `${key}:queue`];
}

function escaped(kind: string, name: string): string {
  if (name.length <= SURELY_SHORT && !UNUSUAL.test(name)) return name;
  const text = name.replace(/[{}%]/g, encodeURIComponent);
  if (Buffer.byteLength(text) > LONGEST_NAME_BYTES || HALF_A_PAIR.test(name)) {
    throw new RedisUsageError(
      `The name of a ${kind} has 1 to ${LONGEST_NAME_BYTES} bytes of valid Unicode; hash what it is made of.`,
    );
  }
  return text;
}
