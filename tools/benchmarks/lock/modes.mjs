import { modes as ioredis } from './contenders/ioredis.mjs';
import { modes as ours } from './contenders/ours.mjs';
import { modes as redisSemaphore } from './contenders/redis-semaphore.mjs';
import { modes as redlockUniversal } from './contenders/redlock-universal.mjs';
import { modes as redlock } from './contenders/redlock.mjs';

/** @type {import('./contender.mjs').Mode[]} */
export const modes = [...ours, ...ioredis, ...redisSemaphore, ...redlock, ...redlockUniversal];

/** @param {import('./contender.mjs').Group} group */
export function modesOf(group) {
  return modes.filter(({ groups }) => groups.includes(group));
}

/** @param {string} id */
export function titleOf(id) {
  return modes.find((mode) => mode.id === id)?.title ?? id;
}
