/** What packages inject: decorators for parameters and properties, and classes. */
export const INJECTABLES: readonly {
  packages: readonly string[];
  name: string;
  as: 'decorator' | 'class' | 'token';
  what: 'client' | 'service' | 'lock' | 'election' | 'cache' | 'queue';
}[] = [
  ...['InjectRedis', 'InjectCluster', 'InjectNamespace'].map((name) => ({
    packages: [
      '@nestjs-modules/ioredis',
      '@liaoliaots/nestjs-redis',
      '@songkeys/nestjs-redis',
      '@svtslv/nestjs-ioredis',
      '@nestjs-redis/client',
      'nestjs-ioredis',
    ],
    name,
    as: 'decorator' as const,
    what: 'client' as const,
  })),
  ...['RedisService', 'RedisManager', 'ClusterService', 'ClusterManager'].map((name) => ({
    packages: ['@liaoliaots/nestjs-redis', '@songkeys/nestjs-redis', 'nestjs-redis'],
    name,
    as: 'class' as const,
    what: 'service' as const,
  })),
  { packages: ['@nestjs/bullmq', '@nestjs/bull'], name: 'InjectQueue', as: 'decorator', what: 'queue' },
  { packages: ['@nestjs/bullmq'], name: 'InjectFlowProducer', as: 'decorator', what: 'queue' },
  // Only where a store of Redis is made, see `injectables.ts`.
  {
    packages: ['@nestjs/cache-manager', '@nestjs/common'],
    name: 'CACHE_MANAGER',
    as: 'token',
    what: 'cache',
  },
  { packages: ['@sluice/data-access-redis'], name: 'RedisService', as: 'class', what: 'service' },
  { packages: ['@sluice/data-access-redis'], name: 'RedisLockService', as: 'class', what: 'lock' },
  {
    packages: ['@sluice/data-access-redis'],
    name: 'RedisLeaderElectionService',
    as: 'class',
    what: 'election',
  },
  { packages: ['@sluice/data-access-redis'], name: 'REDIS_CLIENT', as: 'token', what: 'client' },
  { packages: ['@sluice/data-access-redis'], name: 'LeaderCron', as: 'decorator', what: 'election' },
];
