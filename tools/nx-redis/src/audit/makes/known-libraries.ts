import type { Make, SharedConfiguration } from './make';

const first = (...options: string[]) => options.map((option) => ({ argument: 0, option }));

/** Queues. */
const QUEUES: Make[] = [
  {
    packages: ['bullmq'],
    names: ['Queue'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 1, option: 'connection' }],
  },
  {
    packages: ['bullmq'],
    names: ['QueueEvents', 'QueueScheduler'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 1, option: 'connection' }],
    duplicates: true,
  },
  {
    packages: ['bullmq'],
    names: ['Worker'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 2, option: 'connection' }],
    duplicates: true,
  },
  { packages: ['bullmq'], names: ['FlowProducer'], by: 'new', kind: 'library', live: first('connection') },
  ...(['new', 'call'] as const).map((by): Make => ({
    packages: ['bull'],
    names: ['', 'Queue'],
    by,
    kind: 'library',
    live: [
      { argument: 1, option: 'createClient' },
      { argument: 2, option: 'createClient' },
    ],
  })),
  {
    packages: ['rsmq'],
    names: ['', 'RedisSMQ'],
    by: 'new',
    kind: 'library',
    live: first('client'),
  },
  {
    packages: ['bee-queue'],
    names: [''],
    by: 'new',
    kind: 'library',
    live: [{ argument: 1, option: 'redis' }],
  },
  {
    packages: ['@nestjs/bullmq'],
    names: ['BullModule.registerQueue', 'BullModule.registerQueueAsync', 'BullModule.registerFlowProducer'],
    by: 'call',
    kind: 'library',
    live: first('connection'),
    perArgument: true,
    inherits: 'BullModule.forRoot',
  },
  {
    packages: ['@nestjs/bullmq'],
    names: ['Processor', 'QueueEventsListener'],
    by: 'decorator',
    kind: 'library',
    live: [{ argument: 1, option: 'connection' }],
    duplicates: true,
    inherits: 'BullModule.forRoot',
  },
  {
    packages: ['@nestjs/bull'],
    names: ['BullModule.registerQueue', 'BullModule.registerQueueAsync'],
    by: 'call',
    kind: 'library',
    live: first('redis', 'createClient'),
    perArgument: true,
    inherits: 'BullModule.forRoot',
  },
];

/** Caches. */
const CACHES: Make[] = [
  {
    packages: ['keyv'],
    names: ['', 'Keyv'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 0, option: 'uri' }, { argument: 0 }],
    onlyForUrl: true,
    alsoOthers: true,
  },
  {
    packages: ['@keyv/redis', '@keyv/valkey'],
    names: ['', 'KeyvRedis', 'KeyvValkey'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 0 }],
  },
  {
    packages: ['@keyv/redis', '@keyv/valkey'],
    names: ['createKeyv', 'createKeyvNonBlocking'],
    by: 'call',
    kind: 'library',
    live: [{ argument: 0 }],
  },
  { packages: ['@keyv/redis'], names: ['createClient', 'createCluster'], by: 'call', kind: 'client' },
  {
    packages: ['bentocache'],
    names: ['redisDriver'],
    by: 'call',
    kind: 'library',
    live: first('connection'),
    alsoOthers: true,
  },
  {
    packages: ['bentocache'],
    names: ['redisBusDriver'],
    by: 'call',
    kind: 'library',
    live: first('connection'),
    duplicates: true,
    alsoOthers: true,
  },
  ...(['typeorm', '@nestjs/typeorm'] as const).map((name): Make => ({
    packages: [name],
    names: name === 'typeorm' ? ['DataSource'] : ['TypeOrmModule.forRoot', 'TypeOrmModule.forRootAsync'],
    by: name === 'typeorm' ? 'new' : 'call',
    kind: 'library',
    onlyFor: { argument: 0, option: 'cache.type' },
    alsoOthers: true,
  })),
  ...(['call', 'reference'] as const).map((by): Make => ({
    packages: [
      'cache-manager-redis-store',
      'cache-manager-ioredis',
      'cache-manager-ioredis-yet',
      'cache-manager-redis-yet',
      '@tirke/node-cache-manager-ioredis',
      'cache-manager-redis',
    ],
    names: ['', 'redisStore', 'ioRedisStore', 'redisClusterStore', 'create'],
    by,
    kind: 'library',
    live: first('redisInstance', 'client'),
  })),
  {
    packages: ['cache-manager-ioredis-yet', 'cache-manager-redis-yet', '@tirke/node-cache-manager-ioredis'],
    names: ['redisInsStore', 'redisClusterInsStore'],
    by: 'call',
    kind: 'library',
    live: [{ argument: 0 }],
  },
  {
    packages: ['apollo-server-cache-redis'],
    names: ['RedisCache', 'RedisClusterCache'],
    by: 'new',
    kind: 'library',
  },
  {
    packages: ['apollo-server-cache-redis'],
    names: ['BaseRedisCache'],
    by: 'new',
    kind: 'library',
    live: first('client'),
  },
];

/** Rate limits and locks. */
const LIMITS: Make[] = [
  {
    packages: ['@nest-lab/throttler-storage-redis', 'nestjs-throttler-storage-redis'],
    names: ['ThrottlerStorageRedisService'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 0 }],
  },
  {
    packages: ['rate-limiter-flexible'],
    names: ['RateLimiterRedis'],
    by: 'new',
    kind: 'library',
    live: first('storeClient'),
    otherwise: 'opens nothing',
    alsoOthers: true,
  },
  {
    packages: ['rate-limit-redis'],
    names: ['', 'RedisStore'],
    by: 'new',
    kind: 'library',
    live: first('client', 'sendCommand'),
    otherwise: 'opens nothing',
  },
  {
    packages: ['bottleneck'],
    names: ['', 'Bottleneck', 'Group', 'Bottleneck.Group'],
    by: 'new',
    kind: 'library',
    onlyFor: { argument: 0, option: 'datastore' },
    live: first('connection'),
    alsoOthers: true,
  },
  {
    packages: ['bottleneck'],
    names: ['IORedisConnection', 'RedisConnection'].flatMap((name) => [name, `Bottleneck.${name}`]),
    by: 'new',
    kind: 'library',
    live: first('client'),
    alsoOthers: true,
  },
  { packages: ['redlock'], names: ['', 'Redlock'], by: 'new', kind: 'library', live: [{ argument: 0 }] },
];

/** Sockets, sessions, messages. */
const MESSAGES: Make[] = [
  {
    packages: ['@socket.io/redis-adapter', '@socket.io/redis-streams-adapter'],
    names: ['createAdapter', 'createShardedAdapter'],
    by: 'call',
    kind: 'library',
    live: [{ argument: 0 }],
  },
  ...(['socket.io-redis', 'socket.io-emitter'] as const).map((name): Make => ({
    packages: [name],
    names: ['', 'createAdapter', 'RedisAdapter'],
    by: 'call',
    kind: 'library',
    live: [...first('pubClient', 'redis'), { argument: 0 }],
  })),
  {
    packages: ['@socket.io/redis-emitter'],
    names: ['Emitter'],
    by: 'new',
    kind: 'library',
    live: [{ argument: 0 }],
  },
  {
    packages: ['connect-redis'],
    names: ['', 'RedisStore'],
    by: 'new',
    kind: 'library',
    live: first('client'),
  },
  { packages: ['koa-redis'], names: [''], by: 'call', kind: 'library', live: first('client') },
  {
    packages: ['graphql-redis-subscriptions'],
    names: ['RedisPubSub'],
    by: 'new',
    kind: 'library',
    live: first('publisher', 'subscriber'),
  },
  {
    packages: ['@fastify/redis', 'fastify-redis'],
    names: ['', 'fastifyRedis'],
    by: 'registered',
    kind: 'library',
    live: [{ argument: 1, option: 'client' }],
  },
  {
    packages: ['@nestjs/microservices'],
    names: ['Transport.REDIS'],
    by: 'reference',
    kind: 'library',
    alsoOthers: true,
  },
  {
    packages: ['@nestjs/microservices'],
    names: ['ClientRedis', 'ServerRedis'],
    by: 'new',
    kind: 'library',
    alsoOthers: true,
  },
];

export const LIBRARIES: readonly Make[] = [...QUEUES, ...CACHES, ...LIMITS, ...MESSAGES];

export const SHARED_CONFIGURATIONS: readonly SharedConfiguration[] = [
  { packages: ['@nestjs/bullmq'], name: 'BullModule.forRoot', option: 'connection' },
  { packages: ['@nestjs/bull'], name: 'BullModule.forRoot', option: 'redis' },
];
