import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import {
  readLua,
  REDIS_CLIENT,
  type RedisClient,
  type RedisKey,
  type RedisScript,
} from '@sluice/data-access-redis';
import { DecisionDeadline } from '../limiter/decision-deadline';
import type { PlannedLimit } from '../plan/rate-plan';
import { LocalHits } from './local-hits';
import { type Hit, hitRules, type HitRules, recordOf, type StorageRecord } from './storage-record';

const LONGEST_NAME = 200;
const MAX_LOCAL_KEYS = 10_000;

/**
 * The counts in Redis: for the guard of this library, which asks for all limits of a tracker at once, and under the
 * contract of `@nestjs/throttler`, for guards of that kind.
 *
 * @example
 * ```ts
 * ThrottlerModule.forRootAsync({
 *   inject: [ThrottlerStorageRedisService],
 *   useFactory: (storage: ThrottlerStorageRedisService) => ({ throttlers: [{ ttl: 60_000, limit: 100 }], storage }),
 * }) // of @nestjs/throttler
 * ```
 */
@Injectable()
export class ThrottlerStorageRedisService implements ThrottlerStorage {
  private readonly flowScript: RedisScript<number>;
  private readonly takeScript: RedisScript<number[]>;
  private readonly giveBackScript: RedisScript<void>;
  private readonly hitScript: RedisScript<number[]>;
  private readonly localHits = new LocalHits(MAX_LOCAL_KEYS);

  constructor(
    @Inject(REDIS_CLIENT) private readonly redis: RedisClient,
    private readonly deadline: DecisionDeadline,
  ) {
    this.flowScript = script(redis, 'flow', Number);
    this.takeScript = script(redis, 'take', numbers);
    this.giveBackScript = script(redis, 'give-back', () => undefined);
    this.hitScript = script(redis, 'hit', numbers);
  }

  /** Whether it is worth asking; asks nobody. */
  get usable(): boolean {
    return this.redis.state.ready;
  }

  /**
   * Takes from all limits of a tracker, or from none, in one round trip.
   * @returns for `readTakeReply`
   * @throws RedisError
   */
  take(tracker: string, limits: readonly PlannedLimit[]): Promise<number | number[]> {
    const [first] = limits;
    if (limits.length === 1 && first?.flow) {
      return this.flowScript.run({ keys: [keyOf(tracker, first)], args: first.flow });
    }
    return this.takeScript.run({ keys: keysOf(tracker, limits), args: limits.flatMap(({ words }) => words) });
  }

  /**
   * Undoes a `take`.
   * @param stamp of its reply
   * @throws RedisError; then the client has lost these requests until time brings them back
   */
  async giveBack(tracker: string, limits: readonly PlannedLimit[], stamp: number): Promise<void> {
    await this.giveBackScript.run({
      keys: keysOf(tracker, limits),
      args: limits.flatMap(({ limit, cost, words }) =>
        limit.policy.exact ? [1, stamp, cost] : [0, words[1], 0],
      ),
    });
  }

  /**
   * The contract of `@nestjs/throttler`: ms in, whole seconds out. It lets through what an even flow of `limit` in
   * `ttl` allows, with `limit` at once after a pause; then it blocks for `blockDuration`, or with 0 until the flow
   * lets the next one through. Requests made while blocked are not counted. When Redis does not answer within the
   * deadline, this process counts alone.
   */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<StorageRecord> {
    const rules = hitRules(ttl, limit, blockDuration);
    if (rules.limit === 0) return recordOf(rules, { ahead: 0, deniedMs: rules.blockMs || rules.ttlMs });
    const name = nameOf(key, throttlerName);
    return recordOf(rules, await this.hit(name, rules));
  }

  private hit(name: string, rules: HitRules): Promise<Hit> {
    const keys: [RedisKey, RedisKey] = [`throttle:{${name}}`, `throttle:{${name}}:blocked`];
    const args = [rules.intervalUs, rules.toleranceUs, rules.blockMs];
    return this.deadline.race<Hit>({
      ask: async () => {
        const [ahead = 0, deniedMs = 0] = await this.hitScript.run({ keys, args });
        return { ahead, deniedMs };
      },
      otherwise: () => this.localHits.hit(name, rules),
      cameLate: (hit, decided) => {
        // It counts once: here when it was let through by this process, nowhere when it was denied.
        if (hit.deniedMs > 0) return;
        if (decided.deniedMs === 0) this.localHits.giveBack(name, rules);
        else
          this.giveBackScript.run({ keys: [keys[0]], args: [0, rules.intervalUs, 0] }).catch(() => undefined);
      },
    });
  }
}

function script<R>(redis: RedisClient, name: string, parse: (reply: unknown) => R): RedisScript<R> {
  return redis.defineScript({ name: `throttle-${name}`, lua: readLua(__dirname, `${name}.lua`), parse });
}

function numbers(reply: unknown): number[] {
  if (Array.isArray(reply)) return reply.map(Number);
  throw new Error('Redis answered a script of the throttler with something else than a list');
}

function keysOf(tracker: string, limits: readonly PlannedLimit[]): RedisKey[] {
  return limits.map((planned) => keyOf(tracker, planned));
}

function keyOf(tracker: string, { limit }: PlannedLimit): RedisKey {
  return `throttle:{${tracker}}:${limit.policy.name}`;
}

/** Others choose the keys here: what is long, or would end the hash tag too soon, is hashed. */
function nameOf(key: string, throttlerName: string): string {
  const name = `${throttlerName}:${key}`;
  if (name.length <= LONGEST_NAME && !name.includes('}')) return name;
  return createHash('sha256').update(name).digest('base64url');
}
