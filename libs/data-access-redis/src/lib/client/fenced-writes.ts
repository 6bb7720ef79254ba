import { setTimeout as pause } from 'node:timers/promises';
import type { RedisLink } from '../connection/redis-link';
import { outsideRedisScope } from '../connection/request-scope';
import { oncePerTurn } from './once-per-turn';
import { readLua } from './read-lua';
import { checkTtl, fenceKey } from './redis-key';
import type { RedisKey } from './redis-key';
import { isSame, RecentWrites } from './recent-writes';
import { RedisScript } from './redis-script';

/** A writer may be paused for long, and must not find that its successor has been forgotten. */
const FENCE_TTL_MS = 24 * 3_600_000;
/** Pauses before a fence is tried again; whatever happens to the connection tries it, too. */
const RETRY_AFTER_MS = [100, 400, 1_600];

/**
 * Writes that are refused when one with a higher token came before. The fence lies beside the value, and a master that
 * loses the one loses the other; who has written it within the last minute raises the fence again at the next one. The
 * value is gone, for somebody may have deleted it since.
 */
export class FencedWrites {
  readonly #write: RedisScript<boolean>;
  readonly #raise: RedisScript<number>;
  readonly #recent = new RecentWrites();
  readonly #raiseSoon = oncePerTurn(() => this.#raiseAgain());

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {
    this.#write = new RedisScript(link, prefix, {
      name: 'set-fenced',
      lua: readLua(__dirname, 'set-fenced.lua'),
      parse: (reply) => reply === 1,
    });
    this.#raise = new RedisScript(link, prefix, {
      name: 'raise-fence',
      lua: readLua(__dirname, 'raise-fence.lua'),
      parse: Number,
    });
    for (const event of ['masters', 'usable'] as const) link.on(event, this.#raiseSoon);
  }

  async write(key: RedisKey, value: string, ttl: number, token: number): Promise<boolean> {
    const fence = fenceKey(this.prefix, key);
    const fenceTtl = Math.max(checkTtl(ttl), FENCE_TTL_MS);
    const dataset = this.link.datasetOf(this.prefix + key);
    const by = dataset();
    const written = await this.#write.run({ keys: [key, fence], args: [token, value, ttl, fenceTtl] });
    if (written) {
      this.#recent.note(key, dataset, by, () => this.#raise.run({ keys: [fence], args: [token, fenceTtl] }));
      if (!isSame(by, dataset)) this.#raiseSoon();
    }
    return written;
  }

  #raiseAgain(): void {
    for (const [key, raise] of this.#recent.takeDoubtful()) {
      void outsideRedisScope(() => this.#repeat(key, raise));
    }
  }

  async #repeat(key: string, raise: () => Promise<unknown>): Promise<void> {
    const dataset = this.link.datasetOf(this.prefix + key);
    for (const waitMs of [0, ...RETRY_AFTER_MS]) {
      if (waitMs > 0) await pause(waitMs, undefined, { ref: false });
      const by = dataset();
      const raised = await raise().then(
        () => true,
        () => false,
      );
      if (this.#recent.has(key)) return; // written again meanwhile
      if (!raised) continue;
      this.#recent.note(key, dataset, by, raise);
      return;
    }
    this.#recent.note(key, dataset, undefined, raise);
  }
}
