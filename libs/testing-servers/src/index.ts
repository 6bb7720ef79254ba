export { startRedis, type RedisOptions, type RedisProcess } from './lib/redis/start-redis';
export {
  startCluster,
  type ClusterOptions,
  type ClusterTls,
  type RedisCluster,
} from './lib/redis/cluster/start-cluster';
export type { SlotMigration } from './lib/redis/cluster/slot-migration';
export { findValkey } from './lib/redis/find-valkey';
export { startTls, type TlsOptions, type TlsRedis } from './lib/redis/start-tls';
export {
  createAuthority,
  type Authority,
  type Credential,
  type CredentialOptions,
} from './lib/certificates/create-authority';
export { startSentinel, type RedisSentinel, type SentinelOptions } from './lib/redis/sentinel/start-sentinel';
export { provideRedis, type ProvidedRedis } from './lib/redis/provide-redis';
export { startPostgres, type PostgresOptions, type PostgresProcess } from './lib/postgres/start-postgres';
export { executeSql, type SqlRow } from './lib/postgres/execute-sql';
export { provideDatabase, type ProvidedDatabase } from './lib/postgres/provide-database';
export { freePort } from './lib/process/free-port';
export { guard, type Guard } from './lib/process/guard';
export { pollUntil, until } from './lib/process/poll-until';
export { startStopwatch, type Stopwatch } from './lib/process/stopwatch';
export { Random, seededRandom } from './lib/random';
export { startFaultProxy } from './lib/proxy/start-fault-proxy';
export type { FaultProxy, FaultProxyOptions } from './lib/proxy/fault-proxy';
export type { ProxiedConnection } from './lib/proxy/proxied-connection';
export type { Direction, Faults, Loss, Side, Way } from './lib/proxy/faults';
