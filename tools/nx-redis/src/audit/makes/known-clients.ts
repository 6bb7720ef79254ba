import type { Make } from './make';

/** Clients: making one is opening a connection. */
export const CLIENTS: readonly Make[] = [
  {
    packages: ['ioredis', 'iovalkey'],
    names: ['', 'Redis', 'Cluster', 'Redis.Cluster', 'Valkey'],
    by: 'new',
    kind: 'client',
  },
  {
    packages: ['ioredis', 'iovalkey'],
    names: ['', 'Redis', 'createClient', 'Redis.createClient'],
    by: 'call',
    kind: 'client',
  },
  {
    packages: [
      'redis',
      '@redis/client',
      '@node-redis/client',
      'async-redis',
      'handy-redis',
      'promise-redis',
      'fakeredis',
    ],
    names: ['createClient', 'createCluster', 'createSentinel', 'createClientPool', 'createNodeRedisClient'],
    by: 'call',
    kind: 'client',
  },
  {
    packages: ['redis', '@redis/client', '@node-redis/client'],
    names: ['RedisClient', 'RedisClient.create', 'RedisCluster', 'RedisCluster.create'],
    by: 'new',
    kind: 'client',
  },
  {
    packages: ['@valkey/valkey-glide'],
    names: ['GlideClient.createClient', 'GlideClusterClient.createClient'],
    by: 'call',
    kind: 'client',
  },
  { packages: ['@upstash/redis'], names: ['Redis'], by: 'new', kind: 'client' },
  { packages: ['@upstash/redis'], names: ['Redis.fromEnv'], by: 'call', kind: 'client' },
  { packages: ['tedis'], names: ['Tedis', 'TedisPool'], by: 'new', kind: 'client' },
  {
    packages: [
      '@nestjs-modules/ioredis',
      '@liaoliaots/nestjs-redis',
      '@songkeys/nestjs-redis',
      '@svtslv/nestjs-ioredis',
      '@nestjs-redis/client',
      'nestjs-ioredis',
      'nestjs-redis',
      'nest-ioredis',
      '@sluice/data-access-redis',
    ],
    names: ['forRoot', 'forRootAsync', 'register', 'registerAsync'].flatMap((call) => [
      `RedisModule.${call}`,
      `ClusterModule.${call}`,
    ]),
    by: 'call',
    kind: 'client',
  },
];

/** Packages that bring a module of Nest which makes the client. */
export const MODULE_PACKAGES: ReadonlySet<string> = new Set(
  CLIENTS.filter(({ names }) => names.some((name) => name.includes('Module.'))).flatMap(
    ({ packages }) => packages,
  ),
);

/** Exports whose type is that of a client. */
export const CLIENT_TYPES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [
    ['ioredis', ['', 'Redis', 'Cluster', 'Redis.Redis', 'Redis.Cluster', 'createClient', 'RedisCommander']],
    ['iovalkey', ['', 'Redis', 'Cluster', 'Valkey']],
    ['redis', ['RedisClientType', 'RedisClusterType', 'RedisSentinelType', 'RedisClient', 'RedisModules']],
    ['@redis/client', ['RedisClientType', 'RedisClusterType', 'RedisSentinelType']],
    ['@valkey/valkey-glide', ['GlideClient', 'GlideClusterClient', 'BaseClient']],
    ['@upstash/redis', ['Redis']],
    ['tedis', ['Tedis']],
  ].map(([name, types]) => [name as string, new Set(types)]),
);

/** Dependencies that are clients, for what manifests declare. */
export const CLIENT_PACKAGES: ReadonlySet<string> = new Set(
  CLIENTS.flatMap(({ packages }) => packages).filter((name) => !MODULE_PACKAGES.has(name)),
);
