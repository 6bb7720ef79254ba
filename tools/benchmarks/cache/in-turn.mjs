import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * A few at a time, as no server likes thousands of large values at once; and with turns of the event loop in between,
 * for hits from memory would leave none to what a contender writes in the background.
 *
 * @param {string[]} keys
 * @param {(key: string, index: number) => unknown} work
 */
export async function inTurn(keys, work) {
  for (let from = 0; from < keys.length; from += 32) {
    await Promise.all(keys.slice(from, from + 32).map((key, at) => work(key, from + at)));
    await nextTurn();
  }
}
