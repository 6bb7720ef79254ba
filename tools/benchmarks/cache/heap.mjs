import { inTurn } from './contender-of.mjs';
import { valueOf } from './values.mjs';

/**
 * Stores many values, reads each, and weighs what stays on the heap.
 *
 * @param {import('./contender.mjs').Handle} handle
 * @param {string} prefix
 * @param {import('./values.mjs').Size} size
 * @returns {Promise<number>} bytes per entry
 */
export async function fillHeap(handle, prefix, size) {
  const keys = keysOf(prefix, size);
  // What is made once, such as compiled code and buffers, is no entry's.
  await fill(handle, keysOf(`${prefix}-first`, { ...size, heapEntries: 64 }), size);
  const before = await weigh();
  await fill(handle, keys, size);
  return ((await weigh()) - before) / keys.length;
}

/** Reads each of them again, for somebody who watches whether they are still near. */
export async function readAll(handle, prefix, size) {
  await inTurn(keysOf(prefix, size), (key) => handle.get(key));
}

function keysOf(prefix, { bytes, heapEntries }) {
  return Array.from({ length: heapEntries }, (_, index) => `${prefix}:${bytes}:${index}`);
}

async function fill(handle, keys, size) {
  await inTurn(keys, (key, index) => handle.set(key, valueOf(size, index)));
  await inTurn(keys, (key) => handle.get(key));
}

async function weigh() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (let times = 0; times < 3; times += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage(); // external holds the array buffers, too
  return heapUsed + external;
}
