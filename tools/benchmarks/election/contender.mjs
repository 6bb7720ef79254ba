/**
 * One way of electing a leader, as its users would write it.
 *
 * @typedef {object} Mode
 * @property {string} id unique
 * @property {string} title
 * @property {string} library with its version
 * @property {string} setUp the options, in words or code
 * @property {string} docs the page that was followed
 * @property {number} rhythm ms after which a standby is in the same state again, such as its pause between two tries: a
 *   leader goes at any moment of it
 * @property {(url: string) => Promise<Handle>} open
 * @property {(client: import('ioredis-6').Redis, name: string) => Promise<number>} endsAt when the lease of the leader
 *   ends on the server, as `Date.now()`; NaN when nobody leads
 *
 * @typedef {object} Handle
 * @property {(name: string, on: Listener) => Promise<Candidate>} join resolves when its first try was answered: it leads,
 *   or it stands by
 * @property {() => unknown} close
 *
 * @typedef {object} Listener
 * @property {() => void} elected
 * @property {() => void} stopped the library says that it leads no more, asked or not
 *
 * @typedef {object} Candidate
 * @property {() => Promise<unknown>} leave hands over when it leads, and is no candidate any more
 * @property {() => boolean} [isLeader] what the library says when it is asked, without asking the server
 */

/** In ms. Peers ask for a pause between two tries; one second is the default of the only one that has a default. */
export const LEASE_MS = 3_000;
export const WAIT_MS = 1_000;
