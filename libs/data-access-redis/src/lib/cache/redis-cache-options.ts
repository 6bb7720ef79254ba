import { checkTtl } from '../client/redis-key';
import { RedisUsageError } from '../connection/redis.errors';

/**
 * The part of Standard Schema (https://standardschema.dev) that is needed of a validator; zod, valibot, arktype
 * and others have it.
 */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
  };
}

export type SchemaResult<T> =
  { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly unknown[] };

export interface NearCacheOptions {
  /** Most memory the values of this cache may take in the process, in bytes. Default 16 MiB. */
  maxBytes?: number;
  /**
   * Longest time a value is served without asking Redis, in ms. Default: its `ttl`. Changes are told within
   * milliseconds; this bounds what happens if that fails.
   */
  ttl?: number;
}

export interface FailSafeOptions {
  /** How long after its `ttl` an old value may still stand in for a loader that fails, in ms. */
  maxAge: number;
  /** How long nobody in the fleet tries again after a failure, in ms. Default 5,000. */
  throttle?: number;
}

/** See the guide "Caching" for how to choose. All times are whole milliseconds. */
export interface RedisCacheOptions<T = unknown> {
  /** How long a value is fresh, in ms. */
  ttl: number;
  /**
   * Share (0 to 1) by which each lifetime is shortened at random, so that values stored together do not expire
   * together. Default 0.1.
   */
  jitter?: number;
  /** How long an absence (`null`) is remembered, in ms. Default 10,000; 0: not at all. */
  negativeTtl?: number;
  /**
   * Tags of the value with this id, known before it is read; `RedisService.invalidateTags` takes all values of a
   * tag out of service at once. Default: none. The loader may add further ones.
   */
  tags?: (id: string) => readonly string[];
  /**
   * How long after its `ttl` an old value is served while a new one is being loaded in the background, in ms.
   * Default 0: callers wait for the load.
   */
  staleWhileRevalidate?: number;
  /** Serve an old value when the loader fails. Default: its error reaches the callers. */
  failSafe?: FailSafeOptions;
  /**
   * When there is an old value (within `staleWhileRevalidate` or `failSafe.maxAge`), how long callers wait for the
   * loader before they get that one, in ms. Default: no limit of its own.
   */
  softTimeout?: number;
  /** When a loader is given up and its `signal` aborted, in ms. Default 30,000. */
  hardTimeout?: number;
  /**
   * Reload in the background before a value expires, the likelier the closer it is and the longer a load takes
   * (XFetch, Vattani et al. 2015): this is its beta, 1 is its optimum. Default 0: off.
   */
  earlyRefresh?: number;
  /**
   * Keep values in the process, too, so that a hit costs no round trip. Values are then shared and deeply frozen:
   * changing one throws. Default: off.
   */
  near?: NearCacheOptions;
  /**
   * What cached values must pass; one that does not counts as a miss. Callers get what the schema makes of it. It must
   * accept the JSON of what it makes, for that is what is stored.
   */
  schema?: StandardSchema<T>;
  /** Largest value that is stored, in characters of its JSON. Default 1,048,576. */
  maxValueSize?: number;
}

/** Options with their defaults. */
export interface ResolvedCacheOptions<T> {
  ttl: number;
  jitter: number;
  negativeTtl: number;
  tags: (id: string) => readonly string[];
  staleWhileRevalidate: number;
  failSafe: Required<FailSafeOptions>;
  softTimeout: number;
  hardTimeout: number;
  earlyRefresh: number;
  near: Required<NearCacheOptions> | undefined;
  schema: StandardSchema<T> | undefined;
  maxValueSize: number;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** Longer timers fire at once in Node. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws RedisUsageError */
export function resolveCacheOptions<T>(name: string, options: RedisCacheOptions<T>): ResolvedCacheOptions<T> {
  if (!NAME.test(name)) {
    throw new RedisUsageError('A cache is named in lower case letters, digits and dashes, e.g. "character".');
  }
  const { ttl, jitter = 0.1, earlyRefresh = 0, hardTimeout = 30_000, maxValueSize = 1_048_576 } = options;
  const { failSafe, near } = options;
  const resolved: ResolvedCacheOptions<T> = {
    ttl: checkTtl(ttl),
    jitter,
    negativeTtl: zeroOrMore('negativeTtl', options.negativeTtl ?? 10_000),
    tags: options.tags ?? noTags,
    staleWhileRevalidate: zeroOrMore('staleWhileRevalidate', options.staleWhileRevalidate ?? 0),
    failSafe: {
      maxAge: zeroOrMore('failSafe.maxAge', failSafe?.maxAge ?? 0),
      throttle: zeroOrMore('failSafe.throttle', failSafe?.throttle ?? 5_000),
    },
    hardTimeout: timer('hardTimeout', hardTimeout),
    softTimeout: timer('softTimeout', options.softTimeout ?? hardTimeout),
    earlyRefresh,
    near: near && { maxBytes: near.maxBytes ?? 16 * 1_048_576, ttl: checkTtl(near.ttl ?? ttl) },
    schema: options.schema,
    maxValueSize,
  };
  if (!(jitter >= 0 && jitter <= 1)) {
    throw new RedisUsageError('The jitter of a cache is a number from 0 to 1.');
  }
  if (!(earlyRefresh >= 0 && earlyRefresh <= 100)) {
    throw new RedisUsageError('earlyRefresh is the beta of XFetch, a number from 0 (off) to 100.');
  }
  if (!(maxValueSize >= 1)) {
    throw new RedisUsageError('maxValueSize is a number of characters, at least 1.');
  }
  if (resolved.near && !(resolved.near.maxBytes >= 1_024)) {
    throw new RedisUsageError('near.maxBytes is a number of bytes, at least 1,024.');
  }
  if (resolved.softTimeout > resolved.hardTimeout) {
    throw new RedisUsageError('softTimeout must not be longer than hardTimeout.');
  }
  return resolved;
}

const NONE: readonly string[] = [];

function noTags(): readonly string[] {
  return NONE;
}

function zeroOrMore(option: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new RedisUsageError(`${option} must be a whole number of milliseconds, or 0.`);
}

function timer(option: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 1 && ms <= LONGEST_TIMER_MS) return ms;
  throw new RedisUsageError(
    `${option} must be a whole number of milliseconds from 1 to ${LONGEST_TIMER_MS}.`,
  );
}
