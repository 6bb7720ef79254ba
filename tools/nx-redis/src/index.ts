export { redisCacheServiceGenerator } from './generators/redis-cache-service/generator';
export type { RedisCacheServiceOptions } from './generators/redis-cache-service/options';
