import { inTurn } from './in-turn.mjs';
import { valueOf } from './values.mjs';

/**
 * Stores many values and reads each of them, as something that serves from near would have them then.
 *
 * @param {import('./contender.mjs').Handle} handle
 * @param {string} prefix
 * @param {import('./values.mjs').Size} size
 * @param {number} entries
 */
export async function fill(handle, prefix, size, entries) {
  await inTurn(keysOf(prefix, size, entries), (key, index) => handle.set(key, valueOf(size, index)));
  await readAll(handle, prefix, size, entries);
}

/** Reads each of them, for somebody who watches where they come from. */
export async function readAll(handle, prefix, size, entries) {
  await inTurn(keysOf(prefix, size, entries), (key) => handle.get(key));
}

/** @returns {number} bytes in use after a collection: heap, and buffers outside it */
export function weigh() {
  for (let times = 0; times < 3; times += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function keysOf(prefix, { bytes }, entries) {
  return Array.from({ length: entries }, (_, index) => `${prefix}:${bytes}:${index}`);
}
