import { runRounds } from '../lib/rounds.mjs';
import { say } from '../lib/say.mjs';
import { CALLERS, rateName } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { withContenders } from './processes.mjs';

const full = { rounds: 15, milliseconds: 300, warmUp: 1_500 };
const quick = { rounds: 3, milliseconds: 100, warmUp: 1_000 };

/**
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, Map<string, import('../lib/rounds.mjs').Measured | { failed: string }>>>} by case and mode
 */
export async function runRates(url, options, meter) {
  const measured = new Map();
  for (const group of ['allowed', 'denied']) {
    const cases = CALLERS.filter((callers) => rateName(group, callers).includes(options.filter ?? ''));
    if (cases.length === 0) continue;
    await withContenders(modesOf(group), url, async (processes) => {
      for (const callers of cases) {
        const name = rateName(group, callers);
        say(`${name} …`);
        // A decision made in the process is over in less time than it takes to look at a clock.
        const what = { prepare: { group }, callers, timed: group === 'allowed' };
        const found = await runRounds(processes, what, options.quick ? quick : full, meter);
        for (const [id, result] of found) found.set(id, judged(group, result));
        measured.set(name, found);
      }
    });
  }
  return measured;
}

/** Who is let through without Redis having counted it is let through for nothing. */
function judged(group, result) {
  if ('failed' in result || group !== 'allowed' || result.metered > 0.95) return result;
  return { failed: `not counted in Redis: ${result.metered.toFixed(2)} commands a decision` };
}
