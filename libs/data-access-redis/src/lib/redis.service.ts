import { Injectable } from '@nestjs/common';
import type { CacheEngine } from './cache/cache-engine';
import type { CacheMetrics } from './cache/cache-metrics';
import { RedisCache } from './cache/redis-cache';
import { resolveCacheOptions } from './cache/redis-cache-options';
import type { RedisCacheOptions } from './cache/redis-cache-options';
import { checkTag } from './cache/tag/tags';
import type { RedisClient, RedisFencedOptions, RedisSetOptions } from './client/redis-client';
import type { RedisKey } from './client/redis-key';
import type { RedisSubscription } from './client/subscriptions';
import { RedisUsageError } from './connection/redis.errors';
import type { RedisState } from './connection/redis-state';

/**
 * The face of Redis that features use.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class ProfileCacheService {
 *   private readonly cache: RedisCache<Profile>;
 *   constructor(redis: RedisService) {
 *     this.cache = redis.cache<Profile>('profile', { ttl: 60_000 });
 *   }
 * }
 * ```
 */
@Injectable()
export class RedisService {
  readonly #caches = new Map<string, RedisCache<unknown>>();
  readonly #client: RedisClient;
  readonly #engine: CacheEngine;
  readonly #metrics: CacheMetrics;

  /** @internal Made by `RedisModule`. */
  constructor(client: RedisClient, engine: CacheEngine, metrics: CacheMetrics) {
    this.#client = client;
    this.#engine = engine;
    this.#metrics = metrics;
  }

  /** What is known of the connection; asks nobody and holds no secret. */
  get state(): RedisState {
    return this.#client.state;
  }

  /**
   * A cache for values of one kind. The name is part of every key (`cache:<name>:<id>`), so it belongs to one
   * owner.
   *
   * @throws RedisUsageError when the name is taken or an option is wrong.
   */
  cache<T>(name: string, options: RedisCacheOptions<T>): RedisCache<T> {
    if (this.#caches.has(name)) {
      throw new RedisUsageError(
        `A cache named "${name}" exists already; two owners would read each other's values.`,
      );
    }
    const resolved = resolveCacheOptions(name, options);
    const cache = new RedisCache<T>(name, resolved, this.#engine, this.#metrics.begin(name));
    this.#caches.set(name, cache as RedisCache<unknown>);
    return cache;
  }

  /**
   * Takes every cached value that carries one of these tags out of service, in all caches and processes, in O(1).
   * When Redis is away it is kept and sent as soon as Redis is back; in this process it holds at once.
   *
   * @throws RedisUsageError for a bad tag, before anything happens, and for nothing else
   */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    const unique = new Set(tags);
    for (const tag of unique) checkTag(tag);
    for (const cache of this.#caches.values()) cache.tagsInvalidated(unique);
    await Promise.all([...unique].map((tag) => this.#engine.invalidateTag(tag)));
  }

  /** Time of a round trip in ms. @throws RedisError */
  ping(): Promise<number> {
    return this.#client.ping();
  }

  /** See {@link RedisClient.publish}. */
  publish(channel: string, message: string): Promise<number> {
    return this.#client.publish(channel, message);
  }

  /** See {@link RedisClient.subscribe}. */
  subscribe(channel: string, handler: (message: string) => void): Promise<RedisSubscription> {
    return this.#client.subscribe(channel, handler);
  }

  /** See {@link RedisClient.get}. */
  get(key: RedisKey): Promise<string | null> {
    return this.#client.get(key);
  }

  /** See {@link RedisClient.getMany}. */
  getMany(keys: readonly RedisKey[]): Promise<(string | null)[]> {
    return this.#client.getMany(keys);
  }

  /** See {@link RedisClient.set}. */
  set(key: RedisKey, value: string, options: RedisSetOptions): Promise<boolean> {
    return this.#client.set(key, value, options);
  }

  /** See {@link RedisClient.setFenced}. */
  setFenced(key: RedisKey, value: string, options: RedisFencedOptions): Promise<boolean> {
    return this.#client.setFenced(key, value, options);
  }

  /** See {@link RedisClient.delete}. */
  delete(...keys: readonly RedisKey[]): Promise<number> {
    return this.#client.delete(...keys);
  }

  /** See {@link RedisClient.increment}. */
  increment(key: RedisKey, options: { ttl: number; by?: number }): Promise<number> {
    return this.#client.increment(key, options);
  }

  /** See {@link RedisClient.expire}. */
  expire(key: RedisKey, ttl: number): Promise<boolean> {
    return this.#client.expire(key, ttl);
  }

  /** See {@link RedisClient.timeToLive}. */
  timeToLive(key: RedisKey): Promise<number | null> {
    return this.#client.timeToLive(key);
  }
}
