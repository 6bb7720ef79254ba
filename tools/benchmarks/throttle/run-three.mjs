import { say } from '../lib/say.mjs';
import { THREE } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { withContenders } from './processes.mjs';

const TIMES = 200;

/**
 * Three limits of one client at once: how often the server is asked.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, { roundTrips: number, milliseconds: number } | { failed: string }>>} of one decision,
 *   by mode
 */
export async function runThree(url, { filter = '' }, meter) {
  const found = new Map();
  if (!THREE.includes(filter)) return found;
  say(`${THREE} …`);
  await withContenders(modesOf('three'), url, async (processes) => {
    for (const [id, contender] of processes) {
      found.set(id, await count(contender, meter).catch(({ message }) => ({ failed: message })));
    }
  });
  return found;
}

async function count(contender, meter) {
  // The first time a script is sent whole.
  await contender.call('decideThree', { times: 1 });
  const before = await meter.scripts();
  const began = performance.now();
  await contender.call('decideThree', { times: TIMES });
  const milliseconds = (performance.now() - began) / TIMES;
  return { roundTrips: ((await meter.scripts()) - before) / TIMES, milliseconds };
}
