import { missing } from './contender.mjs';
import { loadCold } from './cold.mjs';
import { fillHeap, readAll } from './heap.mjs';
import { probeProtection } from './protection.mjs';
import { valueOf } from './values.mjs';

/** Keys of one `getMany`. */
export const BULK = 100;

/**
 * What can be asked of a contender's process.
 *
 * @param {import('./contender.mjs').Mode} mode
 * @param {import('./contender.mjs').Handle} handle
 * @returns {import('../lib/serve-contender.mjs').Contender}
 */
export function contenderOf(mode, handle) {
  const stored = new Set();

  async function keysOf(size) {
    const keys = Array.from({ length: size.count }, (_, index) => `${mode.id}:${size.bytes}:${index}`);
    if (!stored.has(size.bytes)) {
      await inTurn(keys, (key, index) => handle.set(key, valueOf(size, index)));
      stored.add(size.bytes);
    }
    return keys;
  }

  return {
    /** @param {{ size: import('./values.mjs').Size, bulk?: boolean }} what */
    async prepare({ size, bulk }) {
      const keys = await keysOf(size);
      const texts = keys.map((_, index) => JSON.stringify(valueOf(size, index)));
      const check = (value, index) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        if (missing.calls > 0) throw new Error('a miss: the loader was called');
        if (text !== texts[index])
          throw new Error(`not the value that was stored: ${String(text).slice(0, 60)}`);
      };
      if (bulk) return bulkOperation(handle, keys, check);
      // Twice: what reads through two layers has filled the first one by then.
      for (let pass = 0; pass < 2; pass += 1) await inTurn(keys, (key) => handle.get(key));
      return { run: (index) => handle.get(keys[index]), check, count: keys.length };
    },
    probe: () => probeProtection(handle, `${mode.id}:probe`),
    fillHeap: ({ size }) => fillHeap(handle, `${mode.id}:heap`, size),
    readAll: ({ size }) => readAll(handle, `${mode.id}:heap`, size),
    loadCold: (what) => loadCold(handle, what),
    close: () => handle.close(),
  };
}

function bulkOperation(handle, keys, check) {
  const slices = [];
  for (let from = 0; from + BULK <= keys.length; from += BULK)
    slices.push({ from, keys: keys.slice(from, from + BULK) });
  return {
    run: (index) => handle.getMany(slices[index].keys),
    check: (values, index) => [...values].forEach((value, at) => check(value, slices[index].from + at)),
    count: slices.length,
    clockEvery: 4,
  };
}

/** A few at a time, as no server likes thousands of large values at once. */
export async function inTurn(keys, work) {
  for (let from = 0; from < keys.length; from += 32) {
    await Promise.all(keys.slice(from, from + 32).map((key, at) => work(key, from + at)));
  }
}
