import { modes as ours } from './contenders/ours.mjs';
import { modes as redisLeader } from './contenders/redis-leader.mjs';
import { modes as safeRedisLeader } from './contenders/safe-redis-leader.mjs';

/** @type {import('./contender.mjs').Mode[]} */
export const modes = [...ours, ...safeRedisLeader, ...redisLeader];

/** @param {string} id */
export function titleOf(id) {
  return modes.find((mode) => mode.id === id)?.title ?? id;
}
