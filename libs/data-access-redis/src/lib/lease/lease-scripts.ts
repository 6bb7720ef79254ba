import { readLua } from '../client/read-lua';
import type { RedisClient } from '../client/redis-client';
import type { RedisScript } from '../client/redis-script';
import { RedisError, RedisUsageError } from '../connection/redis.errors';
import type { RedisRequestScope } from '../connection/request-scope';
import type { LeaseKind } from '../observability/lease-metrics';
import { processOf } from './lease-id';

/** Whose lease it is, and where it lies. */
export interface LeaseIdentity {
  readonly kind: LeaseKind;
  /** Full names of the lease and of the line before it. */
  readonly keys: readonly [lease: string, line: string];
  readonly id: string;
  /** How many may hold at once. */
  readonly permits: number;
}

/** How long somebody whose turn it is has to say that it is there, in ms. */
export const TURN_MS = 2_000;

/** Who holds a lease. */
export interface LeaseHolder {
  /** `<host>:<pid>`. */
  readonly process: string;
  readonly token: number;
}

/** The fencing token, or why there is none. */
export type Answer = number | LeaseRefusal;

export interface LeaseRefusal {
  /** The server's clock, in ms. */
  readonly now: number;
  /** When a lease ends by that clock, unless it is renewed. */
  readonly ends: number;
  /** How many stand in line before. */
  readonly ahead: number;
  readonly holder: LeaseHolder | undefined;
}

interface Scripts {
  readonly acquire: RedisScript<Answer>;
  readonly renew: RedisScript<boolean>;
  readonly release: RedisScript<boolean>;
}

/**
 * What is asked of Redis, each in one round trip. Only a question for a lease is subject to the patience of a request: what
 * has begun is brought to an end, whatever the request has met meanwhile.
 *
 * @throws RedisError
 */
export class LeaseScripts {
  readonly #one: Scripts;
  readonly #many: Scripts;

  /** @param channels what the channels begin with on which processes are woken */
  constructor(client: RedisClient, channels: string) {
    const text = (file: string) => readLua(__dirname, `${file}.lua`);
    const line = `local channels, turn_ms = '${channels}', ${TURN_MS}\n${text('line')}`;
    const scripts = (kind: string, holders: string, alone: (file: string) => string): Scripts => {
      const script = <R>(name: string, parse: (reply: unknown) => R): RedisScript<R> => {
        const lua = alone(name) + holders + line + text(name);
        return client.defineScript({ name: `${kind}-${name}`, lua, parse });
      };
      return {
        acquire: script('acquire', answerOf),
        renew: script('renew', (reply) => reply === 1),
        release: script('release', (reply) => reply === 1),
      };
    };
    const value = text('value');
    this.#one = scripts('lock', text('one-holder'), (name) =>
      name === 'renew' ? value : value + text(`${name}-alone`),
    );
    this.#many = scripts('semaphore', text('many-holders'), () => '');
  }

  /**
   * @param stands whether the caller stands in line
   * @param scope the request that asks, if its patience counts
   */
  acquire(
    { keys: [lease, line], id, permits }: LeaseIdentity,
    ttl: number,
    stands: boolean,
    scope?: RedisRequestScope,
  ): Promise<Answer> {
    const words = [lease, line, id, stands ? `+${ttl}` : String(ttl)];
    if (permits > 1) words.push(String(permits));
    return new Promise((resolve, reject) => {
      const refused = (error: unknown) => reject(otherPermits(error));
      this.#of(permits).acquire.send(words, 2, resolve, refused, { scope });
    });
  }

  /** False when it has run out or is another's. */
  renew(
    { keys: [lease, line], id, permits }: LeaseIdentity,
    ttl: number,
    timeoutMs: number,
  ): Promise<boolean> {
    const words = [lease, line, id, String(ttl)];
    if (permits > 1) words.push(String(permits));
    return new Promise((resolve, reject) =>
      this.#of(permits).renew.send(words, 2, resolve, reject, { timeoutMs }),
    );
  }

  /** False when it was another's. */
  release(identity: LeaseIdentity): Promise<boolean> {
    return new Promise((resolve, reject) => this.sendRelease(identity, resolve, reject));
  }

  /** {@link release} for callers that have a promise of their own. */
  sendRelease(
    { keys: [lease, line], id, permits }: LeaseIdentity,
    resolve: (wasHeld: boolean) => void,
    reject: (error: unknown) => void,
  ): void {
    const words = [lease, line, id];
    if (permits > 1) words.push('', String(permits));
    this.#of(permits).release.send(words, 2, resolve, reject);
  }

  #of(permits: number): Scripts {
    return permits === 1 ? this.#one : this.#many;
  }
}

function otherPermits(error: unknown): unknown {
  if (!(error instanceof RedisError) || error.reason !== 'WRONGTYPE') return error;
  return new RedisUsageError(
    'The lock is, or was within the last hour, used with another kind of `permits`: 1 and more than 1 do not go together under one name.',
  );
}

function answerOf(reply: unknown): Answer {
  if (typeof reply === 'string') return Number(reply);
  const [now, ends, ahead, id, token] = reply as [number, number, number, string?, string?];
  const holder = id === undefined ? undefined : { process: processOf(id), token: Number(token) };
  return { now, ends, ahead, holder };
}
