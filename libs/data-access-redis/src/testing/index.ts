export { redisContract } from './contract/redis-contract';
export type { RedisPromise } from './contract/redis-contract';
