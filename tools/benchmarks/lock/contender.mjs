/**
 * One way of locking, as its users would write it.
 *
 * @typedef {object} Mode
 * @property {string} id unique
 * @property {string} title
 * @property {string} library with its version
 * @property {string} setUp the options, in words or code
 * @property {string} docs the page that was followed
 * @property {Group[]} groups what it takes part in
 * @property {(url: string) => Promise<Handle>} open
 * @property {(client: import('ioredis-6').Redis, name: string) => Promise<number>} [endsAt] when the lease ends on the
 *   server, as `Date.now()`; NaN when nobody holds it
 *
 * `cycle`: acquire and release; `contended`: many want the same lock; `held`: it is renewed while work goes on, and the
 * holder can learn that it was lost.
 * @typedef {'cycle' | 'contended' | 'held'} Group
 *
 * What an operation calls; none of it may cost more than what it stands for.
 *
 * @typedef {object} Handle
 * @property {(name: string, ttl: number) => Promise<Held>} acquire waits as the library does; rejects when it gives up
 * @property {(name: string, ttl: number, onLost: () => void) => Promise<Kept>} [hold] acquires a lock that the library
 *   renews until it is told to stop, and calls back when it says that the lock was lost
 * @property {() => unknown} close
 *
 * @typedef {object} Held
 * @property {() => Promise<unknown>} release resolves with `false`, or rejects, when it was not there any more
 *
 * @typedef {object} Kept
 * @property {() => boolean} isHeld what the library says when it is asked, without asking the server
 * @property {number} [token] a fencing token, where there is one
 */

/** Time to live of a lock that is held for a moment, in ms. */
export const TTL = 10_000;
