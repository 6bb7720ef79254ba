import type { RedisKey } from '../../client/redis-key';
import { RedisUsageError } from '../../connection/redis.errors';
import { tagKey } from '../tag/tags';

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
  /** The tag that every entry of the cache carries: raising it clears the cache. */
  readonly generationTag: string;
  /** Its full key. */
  readonly generation: string;

  constructor(
    private readonly prefix: string,
    private readonly name: string,
  ) {
    this.base = `${prefix}cache:${name}:`;
    this.generationTag = `cache:${name}`;
    this.generation = this.tag(this.generationTag);
  }

  /** As scripts take it, without the prefix. */
  key(id: string): RedisKey {
    return `cache:${this.name}:${escaped(id)}`;
  }

  /**
   * As the server sees it.
   * @throws RedisUsageError for an id that is missing, too long, or half of a surrogate pair.
   */
  full(id: string): string {
    if (typeof id !== 'string' || id === '') {
      throw new RedisUsageError('The id of a cached value is missing.');
    }
    if (id.length <= SURELY_SHORT && !UNUSUAL.test(id)) return this.base + id;
    const text = escaped(id);
    if (Buffer.byteLength(text) > LONGEST_ID_BYTES) {
      throw new RedisUsageError(
        `The id of a cached value may have ${LONGEST_ID_BYTES} bytes; hash what it is made of.`,
      );
    }
    if (HALF_A_PAIR.test(id)) {
      throw new RedisUsageError('The id of a cached value is not valid Unicode; hash what it is made of.');
    }
    return this.base + text;
  }

  /** The full key of a tag. */
  tag(tag: string): string {
    return this.prefix + tagKey(tag);
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
}

function escaped(id: string): string {
  return UNUSUAL.test(id) ? id.replace(/[{}%]/g, encodeURIComponent) : id;
}
