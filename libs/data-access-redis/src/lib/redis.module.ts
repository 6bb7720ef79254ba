import { Logger, Module } from '@nestjs/common';
import type {
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  OnApplicationShutdown,
  OnModuleInit,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common';
import { CacheEngine } from './cache/cache-engine';
import { CacheMetrics } from './cache/cache-metrics';
import { RedisClient } from './client/redis-client';
import { Subscriptions } from './client/subscriptions';
import { readRedisEnvironment } from './config/redis-environment';
import { resolveRedisConfig } from './config/redis.config';
import type { RedisConfig, RedisModuleOptions } from './config/redis.config';
import { RedisConnection } from './connection/redis-connection';
import { RedisMetrics } from './observability/redis-metrics';
import { RedisService } from './redis.service';
import { REDIS_CLIENT, REDIS_CONFIG } from './redis.tokens';

export interface RedisOptionsFactory {
  createRedisOptions(): RedisModuleOptions | Promise<RedisModuleOptions>;
}

/** One of `useFactory`, `useClass` and `useExisting`. */
export interface RedisModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => RedisModuleOptions | Promise<RedisModuleOptions>;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<RedisOptionsFactory>;
  useExisting?: Type<RedisOptionsFactory>;
}

/** Everything that lives as long as the module: made together, started together, closed together. */
class RedisRuntime implements OnModuleInit, OnApplicationShutdown {
  readonly client: RedisClient;
  readonly service: RedisService;
  readonly #connection: RedisConnection;
  readonly #subscriptions: Subscriptions;
  readonly #caches: CacheEngine;
  readonly #cacheMetrics = new CacheMetrics();

  constructor(private readonly config: RedisConfig) {
    const metrics = new RedisMetrics();
    this.#connection = new RedisConnection(config, 'cmd', metrics);
    this.#subscriptions = new Subscriptions(
      this.#connection,
      () => new RedisConnection(config, 'sub', metrics),
    );
    this.client = new RedisClient(this.#connection, config.keyPrefix, this.#subscriptions);
    this.#caches = new CacheEngine(
      config,
      this.#connection,
      () => new RedisConnection(config, 'inv', metrics),
      this.client,
      this.#subscriptions,
    );
    this.service = new RedisService(this.client, this.#caches, this.#cacheMetrics);
  }

  async onModuleInit(): Promise<void> {
    for (const warning of this.config.warnings) new Logger('Redis').warn(warning);
    await this.#connection.connect();
  }

  /** After the HTTP server has stopped, for running requests may still need Redis before. */
  async onApplicationShutdown(): Promise<void> {
    this.#cacheMetrics.close();
    await this.#caches.close();
    await this.#subscriptions.close();
    await this.#connection.close();
  }
}

/**
 * Owns the connection to Redis; global, imported once by the application.
 *
 * @example
 * ```ts
 * RedisModule.forRoot()                       // from REDIS_URL and the other REDIS_… variables
 * RedisModule.forRoot({ url: 'redis://127.0.0.1:6379', keyPrefix: 'shop:' })
 * RedisModule.forRootAsync({ inject: [Settings], useFactory: (s: Settings) => ({ url: s.redisUrl }) })
 * ```
 */
@Module({})
export class RedisModule {
  /** @throws RedisConfigError */
  static forRoot(options?: RedisModuleOptions): DynamicModule {
    return build({
      provide: REDIS_CONFIG,
      useFactory: () => (options ? resolveRedisConfig(options) : readRedisEnvironment()),
    });
  }

  static forRootAsync(options: RedisModuleAsyncOptions): DynamicModule {
    const resolve = (factory: RedisOptionsFactory) => factory.createRedisOptions();
    const source = options.useClass ?? options.useExisting;
    const config: Provider = {
      provide: REDIS_CONFIG,
      useFactory: async (...args: never[]) =>
        resolveRedisConfig(
          (await (source ? resolve(args[0] as never) : options.useFactory?.(...args))) ?? {},
        ),
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
    module: RedisModule,
    global: true,
    imports,
    providers: [
      ...extra,
      config,
      { provide: RedisRuntime, useFactory: (c: RedisConfig) => new RedisRuntime(c), inject: [REDIS_CONFIG] },
      { provide: REDIS_CLIENT, useFactory: (r: RedisRuntime) => r.client, inject: [RedisRuntime] },
      { provide: RedisService, useFactory: (r: RedisRuntime) => r.service, inject: [RedisRuntime] },
    ],
    exports: [REDIS_CLIENT, RedisService],
  };
}
