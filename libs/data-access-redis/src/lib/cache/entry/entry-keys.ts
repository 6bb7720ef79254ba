import type { RedisKey } from '../../client/redis-key';
import { RedisUsageError } from '../../connection/redis.errors';

const LONGEST_ID_BYTES = 800;
/** An id of fewer characters cannot have more bytes than that, whatever they are. */
const SURELY_SHORT = Math.floor(LONGEST_ID_BYTES / 3);
/** What an ordinary id does not have: one test for it spares the others. */
const UNUSUAL = /[{}%\ud800-\udfff]/;
const HALF_A_PAIR = /\p{Surrogate}/u;

/** The keys of one cache. Braces in ids are escaped, for a Cluster would hash only what stands between them. */
export class EntryKeys {
  /** What all full keys of the cache begin with. */
  readonly base: string;

  constructor(
    prefix: string,
    private readonly name: string,
  ) {
    this.base = `${prefix}cache:${name}:`;
  }

  /** As scripts take it, without the prefix. */
  key(id: string): RedisKey {
    return `cache:${this.name}:${escaped(id)}`;
  }

  /** As the server sees it. */
  full(id: string): string {
    return this.base + escaped(id);
  }

  /** The id of a full key of this cache. Anybody can write keys, so it may be one that no id ever had. */
  idOf(full: string): string {
    const id = full.slice(this.base.length);
    if (!id.includes('%')) return id;
    try {
      return decodeURIComponent(id);
    } catch {
      return id;
    }
  }

  /** @throws RedisUsageError for an id that is missing, too long, or half of a surrogate pair. */
  check(id: string): void {
    if (typeof id !== 'string' || id === '')
      throw new RedisUsageError('The id of a cached value is missing.');
    if (id.length > SURELY_SHORT && Buffer.byteLength(escaped(id)) > LONGEST_ID_BYTES) {
      throw new RedisUsageError(
        `The id of a cached value may have ${LONGEST_ID_BYTES} bytes; hash what it is made of.`,
      );
    }
    if (UNUSUAL.test(id) && HALF_A_PAIR.test(id)) {
      throw new RedisUsageError('The id of a cached value is not valid Unicode; hash what it is made of.');
    }
  }
}

function escaped(id: string): string {
  return UNUSUAL.test(id) ? id.replace(/[{}%]/g, encodeURIComponent) : id;
}
