/**
 * One way of limiting rates, as its users would write it.
 *
 * @typedef {object} Mode
 * @property {string} id unique
 * @property {string} title
 * @property {string} library with its version
 * @property {string} setUp the options, in words or code
 * @property {string} docs the page that was followed
 * @property {Group[]} groups what it takes part in
 * @property {(url: string) => Promise<Handle>} open
 *
 * `three`: three limits for one client at once; `edge`: what passes where two windows meet; `lost`: without Redis.
 * @typedef {'allowed' | 'denied' | 'three' | 'edge' | 'lost'} Group
 *
 * @typedef {object} Handle
 * @property {(limit: Limit) => Decide} limiter
 * @property {(limits: Limit[]) => Decide} [limiters] of several limits that all must let a client through
 * @property {() => unknown} close
 *
 * What an operation calls; it may not cost more than what it stands for. True: the client may pass.
 * @typedef {(client: string) => boolean | Promise<boolean>} Decide
 *
 * @typedef {object} Limit
 * @property {string} name
 * @property {number} quota
 * @property {number} seconds
 */

/** @type {Record<string, Limit>} */
export const limits = {
  wide: { name: 'wide', quota: 100_000, seconds: 60 },
  one: { name: 'one', quota: 1, seconds: 3_600 },
  edge: { name: 'edge', quota: 10, seconds: 1 },
  lost: { name: 'lost', quota: 100, seconds: 60 },
};

/** @type {Limit[]} */
export const three = ['second', 'minute', 'hour'].map((name, at) => ({
  name: `per-${name}`,
  quota: 100_000,
  seconds: 60 ** at,
}));
