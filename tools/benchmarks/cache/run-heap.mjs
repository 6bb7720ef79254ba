import { say } from '../lib/say.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';
import { sizes } from './values.mjs';

/**
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, Map<string, number | { failed: string }>>>} bytes per entry, by mode and size
 */
export async function runHeap(url, { quick }, meter) {
  say('heap per entry …');
  const found = new Map();
  for (const mode of modesOf('near')) {
    const contender = startContender(mode, url);
    const bySize = new Map();
    for (const size of sizes) {
      const entries = quick ? size.heapEntries / 5 : size.heapEntries;
      const weighed = heapPerEntry(contender, size, entries, meter);
      bySize.set(size.name, await weighed.catch((error) => ({ failed: error.message })));
    }
    found.set(mode.id, bySize);
    await contender.close();
  }
  return found;
}

async function heapPerEntry(contender, size, entries, meter) {
  const weighQuiet = async () => {
    await meter.quiet();
    return contender.call('weigh');
  };
  // What is made once, such as compiled code and buffers, is no entry's.
  await contender.call('fill', { prefix: 'first', size, entries: 64 });
  const before = await weighQuiet();
  await contender.call('fill', { prefix: 'heap', size, entries });
  const bytes = (await weighQuiet()) - before;

  const asked = await meter.read();
  await contender.call('readAll', { prefix: 'heap', size, entries });
  if ((await meter.read()) - asked > entries / 20) throw new Error('the entries are not near');
  return bytes / entries;
}
