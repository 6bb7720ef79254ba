import { runRounds } from '../lib/rounds.mjs';
import { say } from '../lib/say.mjs';
import { CYCLE_CALLERS, cycleName } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { withContenders } from './processes.mjs';

const full = { rounds: 15, milliseconds: 400, warmUp: 1_500 };
const quick = { rounds: 3, milliseconds: 150, warmUp: 1_000 };

/**
 * Locks that nobody else wants, acquired and released.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, Map<string, import('../lib/rounds.mjs').Measured | { failed: string }>>>} by case and mode
 */
export async function runCycles(url, options, meter) {
  const measured = new Map();
  const cases = CYCLE_CALLERS.filter((callers) => cycleName(callers).includes(options.filter ?? ''));
  if (cases.length === 0) return measured;
  await withContenders(modesOf('cycle'), url, async (processes) => {
    for (const callers of cases) {
      say(`${cycleName(callers)} …`);
      const what = { prepare: {}, callers, timed: true };
      measured.set(cycleName(callers), await runRounds(processes, what, options.quick ? quick : full, meter));
    }
  });
  return measured;
}
