import { modes as bentocache } from './contenders/bentocache.mjs';
import { modes as cacheManager } from './contenders/cache-manager.mjs';
import { modes as cacheable } from './contenders/cacheable.mjs';
import { modes as ioredis } from './contenders/ioredis.mjs';
import { modes as nodeRedis } from './contenders/node-redis.mjs';
import { modes as ours } from './contenders/ours.mjs';

/** @type {import('./contender.mjs').Mode[]} */
export const modes = [...ours, ...ioredis, ...nodeRedis, ...bentocache, ...cacheManager, ...cacheable];

/** @param {import('./contender.mjs').Group} group */
export function modesOf(group) {
  return modes.filter(({ groups }) => groups.includes(group));
}
