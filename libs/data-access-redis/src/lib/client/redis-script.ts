import { createHash } from 'node:crypto';
import type { RedisLink } from '../connection/redis-link';
import type { RedisError } from '../connection/redis.errors';
import { currentRedisScope } from '../connection/request-scope';
import type { RedisRequestScope } from '../connection/request-scope';
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
  /**
   * All keys the script touches, without the prefix; it sees them complete, as `KEYS`. In a Cluster they lie in one
   * slot: give them the same `{hash tag}`.
   */
  keys: readonly RedisKey[];
  /** Buffers go as they are, everything else as text. */
  args?: readonly (string | number | Buffer)[];
  /** Deadline in ms; default: the one of commands. */
  timeoutMs?: number;
}

/** For whom a script is run. */
export interface RedisScriptBehalf {
  /** Deadline in ms; default: the one of commands. */
  readonly timeoutMs?: number | undefined;
  /** The request whose patience counts; none for what is brought to an end whatever a request has met. */
  readonly scope?: RedisRequestScope | undefined;
}

type ScriptDriver = Parameters<Parameters<RedisLink['dispatch']>[1]>[0];

/**
 * An atomic operation on the server. It is called by its hash, and sent whole when the server has forgotten it
 * (restart, `SCRIPT FLUSH`, fail-over, another node of a Cluster): a call that is answered with NOSCRIPT has not run.
 */
export class RedisScript<R> {
  readonly #link: RedisLink;
  readonly #hash: string;
  readonly #command: string;
  #underWay = 0;

  constructor(
    link: RedisLink,
    private readonly prefix: string,
    private readonly definition: RedisScriptDefinition<R>,
  ) {
    this.#link = link;
    this.#command = `script-${definition.name}`;
    this.#hash = createHash('sha1').update(definition.lua).digest('hex');
  }

  /** @throws RedisError */
  run({ keys, args = [], timeoutMs }: RedisScriptCall): Promise<R> {
    const words: (string | Buffer)[] = keys.map((key) => fullKey(this.prefix, key));
    for (const arg of args) words.push(Buffer.isBuffer(arg) ? arg : String(arg));
    return this.call(words, keys.length, timeoutMs);
  }

  /**
   * @internal For callers within the library who have the words as they are sent: first the full keys, then the rest.
   * @throws RedisError
   */
  call(words: readonly (string | Buffer)[], keyCount: number, timeoutMs?: number): Promise<R> {
    return new Promise((resolve, reject) =>
      this.send(words, keyCount, resolve, reject, { timeoutMs, scope: currentRedisScope() }),
    );
  }

  /** @internal {@link call} for callers that have a promise of their own. */
  send(
    words: readonly (string | Buffer)[],
    keyCount: number,
    resolve: (result: R) => void,
    reject: (error: unknown) => void,
    behalf: RedisScriptBehalf = {},
  ): void {
    const { lua, parse } = this.definition;
    const { timeoutMs, scope } = behalf;
    const key = keyCount > 0 ? String(words[0]) : undefined;
    const answered = (reply: unknown) => {
      this.#underWay -= 1;
      try {
        resolve(parse(reply));
      } catch (error) {
        reject(error);
      }
    };
    const failed = (error: RedisError) => {
      this.#underWay -= 1;
      reject(error);
    };
    const refused = (error: RedisError) => {
      if (error.reason !== 'NOSCRIPT') return failed(error);
      const whole = (driver: ScriptDriver) => driver.eval(lua, keyCount, ...words);
      this.#link.dispatch(this.#command, whole, timeoutMs, answered, failed, scope, key);
    };
    const byHash = (driver: ScriptDriver) => driver.evalsha(this.#hash, keyCount, ...words);
    // One that is alone leaves at once: to gather costs it more than it saves.
    if (this.#underWay > 0) this.#link.gatherTick();
    this.#underWay += 1;
    this.#link.dispatch(this.#command, byHash, timeoutMs, answered, refused, scope, key);
  }
}
