import { loadCold } from './cold.mjs';
import { missing } from './contender.mjs';
import { fill, readAll, weigh } from './heap.mjs';
import { inTurn } from './in-turn.mjs';
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
  const stored = new Map();

  async function entriesOf(size) {
    const known = stored.get(size.name);
    if (known) return known;
    const keys = Array.from({ length: size.count }, (_, index) => `${mode.id}:${size.bytes}:${index}`);
    const texts = keys.map((_, index) => JSON.stringify(valueOf(size, index)));
    await inTurn(keys, (key, index) => handle.set(key, JSON.parse(texts[index])));
    stored.set(size.name, { keys, texts });
    return { keys, texts };
  }

  return {
    /** @param {{ size: import('./values.mjs').Size, bulk?: boolean }} what */
    async prepare({ size, bulk }) {
      const { keys, texts } = await entriesOf(size);
      const check = (value, index) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        if (missing.calls > 0) throw new Error('a miss: the loader was called');
        if (text !== texts[index])
          throw new Error(`not the value that was stored: ${String(text).slice(0, 60)}`);
      };
      if (bulk) return bulkOperation(handle, keys, check);
      await inTurn(keys, (key) => handle.get(key)); // what reads through two layers has filled the first one by then
      return { run: (index) => handle.get(keys[index]), check, count: keys.length };
    },
    probe: () => probeProtection(handle, `${mode.id}:probe`),
    fill: ({ prefix, size, entries }) => fill(handle, `${mode.id}:${prefix}`, size, entries),
    readAll: ({ prefix, size, entries }) => readAll(handle, `${mode.id}:${prefix}`, size, entries),
    weigh,
    loadCold: (what) => loadCold(handle, what),
    close: () => handle.close(),
  };
}

function bulkOperation(handle, keys, check) {
  const slices = [];
  for (let from = 0; from + BULK <= keys.length; from += BULK) {
    slices.push({ from, keys: keys.slice(from, from + BULK) });
  }
  return {
    run: (index) => handle.getMany(slices[index].keys),
    check: (values, index) => [...values].forEach((value, at) => check(value, slices[index].from + at)),
    count: slices.length,
    clockEvery: 4,
  };
}
