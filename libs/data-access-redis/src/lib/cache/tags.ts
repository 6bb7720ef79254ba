import type { RedisClient } from '../client/redis-client';
import { readLua } from '../client/read-lua';
import type { RedisKey } from '../client/redis-key';
import type { RedisScript } from '../client/redis-script';

/** A tag that is not used for this long is forgotten; its entries then count as invalidated. */
const TAG_TTL_MS = 7 * 24 * 3_600_000;

export function tagKey(tag: string): RedisKey {
  return `tag:${tag}`;
}

/**
 * Versions of tags. An entry holds the versions it was loaded under and is served only while they are all the
 * same; raising a version therefore invalidates any number of entries in O(1). A tag without a version never
 * matches, so losing one (eviction, fail-over) invalidates too much and never too little.
 */
export class Tags {
  readonly #script: RedisScript<string>;

  constructor(client: RedisClient) {
    this.#script = client.defineScript({
      name: 'tag-version',
      lua: readLua(__dirname, 'tag-version.lua'),
      parse: String,
    });
  }

  /** The current versions; must be read before a load begins. */
  async versions(tags: readonly string[], timeoutMs: number): Promise<Record<string, string>> {
    const versions = await Promise.all(tags.map((tag) => this.run(tag, 0, timeoutMs)));
    return Object.fromEntries(tags.map((tag, i) => [tag, versions[i] ?? '']));
  }

  async raise(tag: string, timeoutMs: number): Promise<void> {
    await this.run(tag, 1, timeoutMs);
  }

  private run(tag: string, raise: 0 | 1, timeoutMs: number): Promise<string> {
    return this.#script.run({ keys: [tagKey(tag)], args: [raise, TAG_TTL_MS], timeoutMs });
  }
}
