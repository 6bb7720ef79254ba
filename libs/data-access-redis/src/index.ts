// Module
export { RedisModule } from './lib/redis.module';
export type { RedisModuleAsyncOptions, RedisOptionsFactory } from './lib/redis.module';
export type { RedisModuleOptions, RedisTlsOptions } from './lib/config/redis.config';
export type { RedisSentinelOptions } from './lib/config/sentinel-options';

// What features use
export { RedisService } from './lib/redis.service';
export { REDIS_CLIENT } from './lib/redis.tokens';
export { RedisClient } from './lib/client/redis-client';
export type { RedisFencedOptions, RedisSetOptions } from './lib/client/redis-client';
export type { RedisKey, RedisKeyKind } from './lib/client/redis-key';
export type { RedisScript, RedisScriptCall, RedisScriptDefinition } from './lib/client/redis-script';
export { readLua } from './lib/client/read-lua';
export type { RedisSubscription } from './lib/client/subscriptions';
export type { RedisState } from './lib/connection/redis-state';

// Caches
export { RedisCache } from './lib/cache/redis-cache';
export type { CacheCallOptions } from './lib/cache/redis-cache';
export type {
  FailSafeOptions,
  NearCacheOptions,
  RedisCacheOptions,
  StandardSchema,
} from './lib/cache/redis-cache-options';
export type { CacheLoad, CacheLoader } from './lib/cache/flight/loader-call';
export type { BulkCacheLoad, BulkLoader } from './lib/cache/flight/bulk-load';
export type { CacheLoadEvent, CacheReadEvent } from './lib/cache/cache-stats';

// Coordination
export { RedisLockService } from './lib/lock/redis-lock.service';
export { RedisLock } from './lib/lock/redis-lock';
export type { LockOptions } from './lib/lock/lock-options';
export { RedisLeaderElectionService } from './lib/leader-election/redis-leader-election.service';
export { LeaderElection } from './lib/leader-election/leader-election';
export type {
  Leader,
  LeaderElectionOptions,
  StoppedLeadingReason,
} from './lib/leader-election/election-options';

// One request
export { currentRedisScope, outsideRedisScope, redisRequestScope } from './lib/connection/request-scope';
export type { CacheOutcome, RedisRequestScope } from './lib/connection/request-scope';

// Errors
export {
  CacheLoadTimeoutError,
  LockLostError,
  LockNotAcquiredError,
  REDIS_ERROR_CODES,
  RedisConfigError,
  RedisError,
  RedisTimeoutError,
  RedisUnavailableError,
  RedisUsageError,
} from './lib/connection/redis.errors';
export type { RedisErrorCode, RedisOutcome } from './lib/connection/redis.errors';
