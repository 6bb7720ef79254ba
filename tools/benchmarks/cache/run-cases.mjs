import { runRounds } from '../lib/rounds.mjs';
import { say } from '../lib/say.mjs';
import { cases } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { withContenders } from './processes.mjs';

const full = { rounds: 11, milliseconds: 200, warmUp: 400 };
const quick = { rounds: 3, milliseconds: 60, warmUp: 100 };

/**
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, Map<string, import('../lib/rounds.mjs').Measured | { failed: string }>>>} by case and mode
 */
export async function runCases(url, options, meter) {
  const all = cases(options);
  const measured = new Map();
  for (const group of new Set(all.map((each) => each.group))) {
    await withContenders(modesOf(group), url, async (processes) => {
      for (const { name, size, callers } of all.filter((each) => each.group === group)) {
        say(`${name} …`);
        const what = { prepare: { size, bulk: group === 'bulk' }, callers };
        const found = await runRounds(processes, what, options.quick ? quick : full, meter);
        for (const [id, result] of found) found.set(id, judged(group, result));
        measured.set(name, found);
      }
    });
  }
  return measured;
}

/** A near hit that asks the server is none, nor is a Redis hit that does not. */
function judged(group, result) {
  if ('failed' in result) return result;
  const { metered } = result;
  if (group === 'near' && metered > 0.01)
    return { failed: `not near: ${metered.toFixed(2)} commands per operation` };
  if (group === 'redis' && metered < 1 / 1024) return { failed: 'not read from Redis' };
  return result;
}
