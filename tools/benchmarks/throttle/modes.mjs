import { modes as nestLab } from './contenders/nest-lab.mjs';
import { modes as ours } from './contenders/ours.mjs';
import { modes as rateLimiterFlexible } from './contenders/rate-limiter-flexible.mjs';

/** @type {import('./contender.mjs').Mode[]} */
export const modes = [...ours, ...rateLimiterFlexible, ...nestLab];

/** @param {import('./contender.mjs').Group} group */
export function modesOf(group) {
  return modes.filter(({ groups }) => groups.includes(group));
}

/** @param {string} id */
export function titleOf(id) {
  return modes.find((mode) => mode.id === id)?.title ?? id;
}

/** @param {string} id */
export function isOurs(id) {
  return id.startsWith('ours');
}
