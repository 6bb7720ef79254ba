import { createHash } from 'node:crypto';
import type { RedisConnection } from '../connection/redis-connection';
import { RedisError } from '../connection/redis.errors';
import { fullKey } from './redis-key';
import type { RedisKey } from './redis-key';

export interface RedisScriptDefinition<R> {
  /** For metrics and error messages: letters, digits and dashes. */
  name: string;
  /** The Lua text; keep it in a `.lua` file beside its one caller. It must be safe to run twice. */
  lua: string;
  /** Turns the server's reply into what callers get; throw when the reply has another shape. */
  parse: (reply: unknown) => R;
}

export interface RedisScriptCall {
  /** All keys the script touches, without the prefix; it sees them complete, as `KEYS`. */
  keys: readonly RedisKey[];
  /** Buffers go as they are, everything else as text. */
  args?: readonly (string | number | Buffer)[];
  /** Deadline in ms; default: the one of commands. */
  timeoutMs?: number;
}

/**
 * An atomic operation on the server. It is called by its hash, and sent whole when the server has forgotten it
 * (restart, `SCRIPT FLUSH`, fail-over): a call that is answered with NOSCRIPT has not run.
 */
export class RedisScript<R> {
  readonly #connection: RedisConnection;
  readonly #hash: string;

  constructor(
    connection: RedisConnection,
    private readonly prefix: string,
    private readonly definition: RedisScriptDefinition<R>,
  ) {
    this.#connection = connection;
    this.#hash = createHash('sha1').update(definition.lua).digest('hex');
  }

  /** @throws RedisError */
  async run({ keys, args = [], timeoutMs }: RedisScriptCall): Promise<R> {
    const { name, lua, parse } = this.definition;
    const words = [
      ...keys.map((key) => fullKey(this.prefix, key)),
      ...args.map((arg) => (Buffer.isBuffer(arg) ? arg : String(arg))),
    ];
    const command = `script-${name}`;
    let reply: unknown;
    try {
      reply = await this.#connection.run(
        command,
        (d) => d.evalsha(this.#hash, keys.length, ...words),
        timeoutMs,
      );
    } catch (error) {
      if (!(error instanceof RedisError) || error.reason !== 'NOSCRIPT') throw error;
      reply = await this.#connection.run(command, (d) => d.eval(lua, keys.length, ...words), timeoutMs);
    }
    return parse(reply);
  }
}
