import type { RedisClient } from '../../client/redis-client';
import { readLua } from '../../client/read-lua';
import type { RedisKey } from '../../client/redis-key';
import type { RedisScript } from '../../client/redis-script';
import { RedisUsageError } from '../../connection/redis.errors';

/** A tag that is not used for this long is forgotten; its entries then count as invalidated. */
const TAG_TTL_MS = 7 * 24 * 3_600_000;
/** How often a process prolongs the life of a tag that it fills entries under. */
const TOUCH_EVERY_MS = 24 * 3_600_000;
const MOST_TOUCHED = 10_000;

export interface TagVersion {
  version: string;
  /** False when the tag had no version and was given one by this call. */
  existed: boolean;
}

const LONGEST_TAG_BYTES = 900;

/** @throws RedisUsageError for a tag that is missing or too long */
export function checkTag(tag: string): void {
  if (
    typeof tag === 'string' &&
    tag !== '' &&
    tag !== '__proto__' &&
    Buffer.byteLength(tag) <= LONGEST_TAG_BYTES
  ) {
    return;
  }
  throw new RedisUsageError(`A tag has 1 to ${LONGEST_TAG_BYTES} bytes; hash what it is made of.`);
}

export function tagKey(tag: string): RedisKey {
  return `tag:${tag}`;
}

/**
 * Versions of tags. An entry holds the versions it was loaded under and is served only while they are all the
 * same; raising a version therefore invalidates any number of entries in O(1). A tag without a version never
 * matches, so losing one (eviction, fail-over) invalidates too much and never too little.
 */
export class Tags {
  readonly #client: RedisClient;
  readonly #script: RedisScript<TagVersion>;
  readonly #timeoutMs: number;
  readonly #touched = new Map<string, number>();

  constructor(client: RedisClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#script = client.defineScript({
      name: 'tag-version',
      lua: readLua(__dirname, 'tag-version.lua'),
      parse: (reply) => {
        const [version, existed] = reply as [string, number];
        return { version: String(version), existed: existed === 1 };
      },
    });
  }

  /** The current version; one is made when there is none. */
  version(tag: string): Promise<TagVersion> {
    return this.#run(tag, 0, '');
  }

  async raise(tag: string, tellOn: string): Promise<void> {
    await this.#run(tag, 1, tellOn);
  }

  /** Keeps tags alive that entries are being stored under; at most once a day for each. Not waited for. */
  touch(tags: readonly string[]): void {
    const now = Date.now();
    for (const tag of tags) {
      if (now - (this.#touched.get(tag) ?? 0) < TOUCH_EVERY_MS) continue;
      if (this.#touched.size >= MOST_TOUCHED) this.#touched.clear();
      this.#touched.set(tag, now);
      this.#client.expire(tagKey(tag), TAG_TTL_MS).catch(() => this.#touched.delete(tag));
    }
  }

  #run(tag: string, raise: 0 | 1, tellOn: string): Promise<TagVersion> {
    return this.#script.run({
      keys: [tagKey(tag)],
      args: [raise, TAG_TTL_MS, tellOn],
      timeoutMs: this.#timeoutMs,
    });
  }
}
