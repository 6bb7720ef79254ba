export { startRedis, type RedisOptions, type RedisProcess } from './lib/redis/start-redis';
export { provideRedis, type ProvidedRedis } from './lib/redis/provide-redis';
export { startPostgres, type PostgresOptions, type PostgresProcess } from './lib/postgres/start-postgres';
export { provideDatabase, type ProvidedDatabase } from './lib/postgres/provide-database';
export { guard, type Guard } from './lib/process/guard';
export { startFaultProxy } from './lib/proxy/start-fault-proxy';
export type { FaultProxy, FaultProxyOptions } from './lib/proxy/fault-proxy';
export type { ProxiedConnection } from './lib/proxy/proxied-connection';
export type { Direction, Faults, Loss, Side, Way } from './lib/proxy/faults';
