import { Logger, Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
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
import { PendingMetrics } from './cache/pending-metrics';
import { RedisClient } from './client/redis-client';
import { ClusterSubscriptions } from './client/cluster-subscriptions';
import { ServerSubscriptions } from './client/subscriptions';
import type { Subscriptions } from './client/subscriptions';
import { readRedisEnvironment } from './config/redis-environment';
import { resolveRedisConfig } from './config/redis.config';
import type { RedisConfig, RedisModuleOptions } from './config/redis.config';
import { ClusterLink } from './connection/cluster/cluster-link';
import { RedisConnection } from './connection/redis-connection';
import type { RedisLink } from './connection/redis-link';
import { SentinelLink } from './connection/sentinel/sentinel-link';
import { RedisLeaderElectionService } from './leader-election/redis-leader-election.service';
import { Leases } from './lease/leases';
import { RedisLockService } from './lock/redis-lock.service';
import { RedisMetrics } from './observability/redis-metrics';
import { ServerMetrics } from './observability/server-metrics';
import { RedisService } from './redis.service';
import { REDIS_CLIENT, REDIS_CONFIG } from './redis.tokens';
import { WakeUps } from './waiting/wake-ups';

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
class RedisRuntime implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly client: RedisClient;
  readonly service: RedisService;
  readonly locks: RedisLockService;
  readonly elections: RedisLeaderElectionService;
  readonly #connection: RedisLink;
  readonly #subscriptions: Subscriptions;
  readonly #caches: CacheEngine;
  readonly #wakeUps: WakeUps;
  readonly #leases: Leases;
  readonly #cacheMetrics = new CacheMetrics();
  readonly #pendingMetrics: PendingMetrics;
  readonly #serverMetrics: ServerMetrics;

  constructor(private readonly config: RedisConfig) {
    [this.#connection, this.#subscriptions] = connect(config);
    this.client = new RedisClient(this.#connection, config.keyPrefix, this.#subscriptions);
    this.#wakeUps = new WakeUps(this.client, config.keyPrefix);
    this.#wakeUps.lookAgainAfterLossOf(this.#connection, this.#subscriptions);
    this.#leases = new Leases(this.client, config.keyPrefix, this.#wakeUps);
    this.#connection.on('usable', () => this.#leases.reconnected(this.#connection.facts?.evicts === true));
    this.locks = new RedisLockService(this.#leases);
    this.elections = new RedisLeaderElectionService(this.client, this.#leases);
    this.#caches = new CacheEngine(config, this.#connection, this.client, this.#subscriptions, this.#wakeUps);
    this.#pendingMetrics = new PendingMetrics(this.#caches.pending);
    this.#serverMetrics = new ServerMetrics(this.#connection);
    this.service = new RedisService(this.client, this.#caches, this.#cacheMetrics);
  }

  async onModuleInit(): Promise<void> {
    for (const warning of this.config.warnings) new Logger('Redis').warn(warning);
    await this.#connection.connect();
  }

  /** While all else still stands, for a leader may need it to end its work. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.elections.close();
  }

  /** After the HTTP server has stopped, for running requests may still need Redis before. */
  async onApplicationShutdown(): Promise<void> {
    for (const metrics of [this.#cacheMetrics, this.#pendingMetrics, this.#serverMetrics]) metrics.close();
    this.#leases.close();
    this.#wakeUps.wakeAll();
    await this.#caches.close();
    await this.#subscriptions.close();
    await this.#connection.close();
  }
}

function connect(config: RedisConfig): [RedisLink, Subscriptions] {
  const metrics = new RedisMetrics();
  const { cluster, sentinel } = config;
  if (cluster) {
    const link = new ClusterLink({ ...config, cluster }, metrics);
    return [link, new ClusterSubscriptions(link)];
  }
  if (sentinel) {
    const link = new SentinelLink({ ...config, sentinel }, metrics);
    return [link, new ClusterSubscriptions(link)];
  }
  const connection = new RedisConnection(config, 'cmd', metrics);
  return [connection, new ServerSubscriptions(connection)];
}

/**
 * Owns the connection to Redis; global, imported once by the application.
 *
 * @example
 * ```ts
 * RedisModule.forRoot()                       // from REDIS_URL and the other REDIS_… variables
 * RedisModule.forRoot({ url: 'redis://127.0.0.1:6379', keyPrefix: 'shop:' })
 * RedisModule.forRoot({ cluster: { nodes: ['10.0.0.1:6379', '10.0.0.2:6379'] }, password })
 * RedisModule.forRoot({ sentinel: { nodes: ['10.0.0.1:26379', '10.0.0.2:26379'], name: 'main' }, password })
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
      { provide: RedisLockService, useFactory: (r: RedisRuntime) => r.locks, inject: [RedisRuntime] },
      {
        provide: RedisLeaderElectionService,
        useFactory: (r: RedisRuntime) => r.elections,
        inject: [RedisRuntime],
      },
    ],
    exports: [REDIS_CLIENT, RedisService, RedisLockService, RedisLeaderElectionService],
  };
}
