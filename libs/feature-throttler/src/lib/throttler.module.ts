import { Module } from '@nestjs/common';
import type {
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { EmailTracker } from './guard/email-tracker';
import { RateLimitGuard } from './guard/rate-limit.guard';
import { DecisionDeadline } from './limiter/decision-deadline';
import { Limits } from './limiter/limits';
import { RateLimiter } from './limiter/rate-limiter';
import { DeclaredLimits } from './plan/declared-limits';
import { RatePlans } from './plan/rate-plans';
import { ThrottlerStorageRedisService } from './storage/throttler-storage-redis.service';
import { resolveThrottlerOptions, THROTTLER_CONFIG, type ThrottlerModuleOptions } from './throttler.options';

export interface ThrottlerOptionsFactory {
  createThrottlerOptions(): ThrottlerModuleOptions | Promise<ThrottlerModuleOptions>;
}

/** One of `useFactory`, `useClass` and `useExisting`. */
export interface ThrottlerModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => ThrottlerModuleOptions | Promise<ThrottlerModuleOptions>;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<ThrottlerOptionsFactory>;
  useExisting?: Type<ThrottlerOptionsFactory>;
}

/**
 * Rate limits. The app declares them here and puts `RateLimitGuard` among its guards; features ask for them by
 * `@RateLimit()`. Needs `RedisModule` and `HttpModule`, which are global.
 *
 * @example
 * ```ts
 * ThrottlerModule.forRoot({
 *   policies: [{ name: 'default', quota: 100, window: 60_000, by: 'user', everywhere: true }],
 * })
 * ```
 */
@Module({})
export class ThrottlerModule {
  /** @throws Error that says which option is wrong */
  static forRoot(options: ThrottlerModuleOptions): DynamicModule {
    return build({ provide: THROTTLER_CONFIG, useFactory: () => resolveThrottlerOptions(options) });
  }

  static forRootAsync(options: ThrottlerModuleAsyncOptions): DynamicModule {
    const source = options.useClass ?? options.useExisting;
    const config: Provider = {
      provide: THROTTLER_CONFIG,
      useFactory: async (...args: never[]) => {
        const made = source
          ? (args[0] as unknown as ThrottlerOptionsFactory).createThrottlerOptions()
          : options.useFactory?.(...args);
        return resolveThrottlerOptions((await made) ?? { policies: [] });
      },
      inject: source ? [source] : (options.inject ?? []),
    };
    return build(config, options.imports, options.useClass ? [options.useClass] : []);
  }
}

function build(
  config: Provider,
  imports: ModuleMetadata['imports'] = [],
  extra: Provider[] = [],
): DynamicModule {
  return {
    module: ThrottlerModule,
    imports: [DiscoveryModule, ...imports],
    providers: [
      ...extra,
      config,
      DecisionDeadline,
      DeclaredLimits,
      EmailTracker,
      Limits,
      RateLimiter,
      RateLimitGuard,
      RatePlans,
      ThrottlerStorageRedisService,
    ],
    // The guard's own needs too: Nest makes a global guard anew in the module that names it.
    exports: [EmailTracker, RateLimiter, RateLimitGuard, RatePlans, ThrottlerStorageRedisService],
  };
}
