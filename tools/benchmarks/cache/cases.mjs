import { sizes } from './values.mjs';

/**
 * @typedef {object} Case
 * @property {import('./contender.mjs').Group} group
 * @property {string} name
 * @property {import('./values.mjs').Size} size
 * @property {number} callers
 */

const callersOf = { near: [1, 64, 512], redis: [1, 64, 512], bulk: [1] };

export const titles = { near: 'Near-cache hit', redis: 'Redis hit', bulk: '100 values at once' };

/**
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Case[]}
 */
export function cases({ quick, filter = '' }) {
  return Object.entries(callersOf)
    .flatMap(([group, counts]) =>
      sizes.flatMap((size) =>
        counts.map((callers) => ({ group, size, callers, name: caseName(group, size.name, callers) })),
      ),
    )
    .filter(({ callers }) => !quick || callers <= 64)
    .filter(({ name }) => name.includes(filter));
}

/** @returns {string} e.g. `near, 200 B, 64 callers` */
export function caseName(group, size, callers) {
  return `${group}, ${size}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
}
