/**
 * One way of caching, as its users would write it.
 *
 * @typedef {object} Mode
 * @property {string} id unique
 * @property {string} title
 * @property {string} library with its version
 * @property {string} setUp the options, in words or code
 * @property {string} docs the page that was followed
 * @property {Group[]} groups what it takes part in
 * @property {boolean} [bare] hands out the stored text instead of the value
 * @property {(url: string) => Promise<Handle>} open
 *
 * @typedef {'near' | 'redis' | 'bulk' | 'cold'} Group
 *
 * What an operation calls; none of it may cost more than what it stands for.
 *
 * @typedef {object} Handle
 * @property {(key: string, value: object) => Promise<unknown>} set
 * @property {(key: string) => Promise<unknown>} [get] as features read: through a loader where there is one
 * @property {(keys: string[]) => Promise<Iterable<unknown>>} [getMany] values in the order of the keys
 * @property {(key: string, loader: () => Promise<object>) => Promise<unknown>} [load]
 * @property {() => unknown} close
 */

/** An hour, in ms: nothing expires during a run. */
export const TTL = 3_600_000;

/** The loader of what must be there. */
export function missing() {
  missing.calls += 1;
  throw new Error('a miss: the loader was called');
}
missing.calls = 0;
