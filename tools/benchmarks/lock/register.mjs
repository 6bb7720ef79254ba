import { ioredisClient } from '../lib/ioredis-client.mjs';

// Takes a write unless it carries an older fencing token than an earlier one did; one without a token cannot be told.
const write = `local token, last = tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or '0')
if token and token < last then return 0 end
redis.call('SET', KEYS[1], token and ARGV[1] or '0', 'PX', 60000)
return 1`;

/** What a lock protects: a register that looks at fencing tokens, as every store that is written under a lock should. */
export class FencedRegister {
  #client;

  /** @param {string} url */
  static async open(url) {
    const client = await ioredisClient(url);
    client.defineCommand('fencedWrite', { numberOfKeys: 1, lua: write });
    return new FencedRegister(client);
  }

  constructor(client) {
    this.#client = client;
  }

  /**
   * @param {string} name
   * @param {number | undefined} token
   * @returns {Promise<boolean>} false: refused, an older token than the last one
   */
  async write(name, token) {
    return (await this.#client.fencedWrite(`register:${name}`, token ?? '')) === 1;
  }

  close() {
    return this.#client.quit();
  }
}
