export type { Booted, DeclaredConnection } from './audit/live/booted';
export { featureGenerator } from './generators/feature/generator';
export type { FeatureOptions } from './generators/feature/generator';
export { initGenerator } from './generators/init/generator';
export type { InitOptions } from './generators/init/generator';
export { leaderTaskGenerator } from './generators/leader-task/generator';
export type { LeaderTaskOptions } from './generators/leader-task/options';
export { redisCacheServiceGenerator } from './generators/redis-cache-service/generator';
export type { RedisCacheServiceOptions } from './generators/redis-cache-service/options';
