import { say } from '../lib/say.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';
import { sizes } from './values.mjs';

/**
 * @param {string} url
 * @param {() => Promise<number>} meter
 * @returns {Promise<Map<string, Map<string, number | { failed: string }>>>} bytes per entry, by mode and size
 */
export async function runHeap(url, meter) {
  say('heap per entry …');
  const found = new Map();
  for (const mode of modesOf('near')) {
    const bySize = new Map();
    for (const size of sizes) bySize.set(size.name, await heapPerEntry(mode, size, url, meter));
    found.set(mode.id, bySize);
  }
  return found;
}

async function heapPerEntry(mode, size, url, meter) {
  const contender = startContender(mode, url);
  try {
    const bytes = await contender.call('fillHeap', { size });
    const before = await meter();
    await contender.call('readAll', { size });
    const asked = (await meter()) - before;
    if (asked > size.heapEntries / 20) return { failed: 'the entries are not near' };
    return bytes;
  } catch (error) {
    return { failed: error.message };
  } finally {
    await contender.close();
  }
}
