export { ThrottlerModule } from './lib/throttler.module';
export type { ThrottlerModuleAsyncOptions, ThrottlerOptionsFactory } from './lib/throttler.module';
export type { ThrottlerModuleOptions } from './lib/throttler.options';
export type { RatePolicyOptions, TrackedBy } from './lib/policy/rate-policy.options';

// What the app puts among its guards
export { RateLimitGuard } from './lib/guard/rate-limit.guard';

// For guards of @nestjs/throttler
export { ThrottlerStorageRedisService } from './lib/storage/throttler-storage-redis.service';

// For what is limited without being a route
export { RateLimiter } from './lib/limiter/rate-limiter';
export { RatePlans } from './lib/plan/rate-plans';
export type { Trackers } from './lib/limiter/trackers';
export type { Allowed, Decision, Denied, Exceeded, LimitLeft, Unavailable } from './lib/limiter/decision';
