import { say } from '../lib/say.mjs';
import { PAUSED } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { withTeam } from './processes.mjs';

export const PAUSED_TTL = 2_000;
export const PAUSE_MS = 4_000;
const LOCKS = 20;

/**
 * @typedef {object} Paused
 * @property {number} runs locks that another process took while their holder stood still
 * @property {number} believed of these, how many the library still called held when the holder woke
 * @property {number} accepted late writes that the fenced register took
 */

/**
 * A holder stands still for longer than its lease, another process takes the locks and writes, and the holder wakes.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, Paused | { failed: string }>>} by mode
 */
export async function runPaused(url, { filter = '' }) {
  const found = new Map();
  if (!PAUSED.includes(filter)) return found;
  for (const mode of modesOf('held')) {
    say(`${PAUSED}, ${mode.title} …`);
    const paused = withTeam(mode, url, 2, (team) => standStill(mode, team));
    found.set(mode.id, await paused.catch(({ message }) => ({ failed: message })));
  }
  return found;
}

async function standStill(mode, [holder, successor]) {
  const names = Array.from({ length: LOCKS }, (_, lock) => `${mode.id}-paused-${lock}`);
  await holder.call('hold', { names, ttl: PAUSED_TTL, spread: 0 });
  let awake = false;
  const late = holder.call('blockAndWrite', { milliseconds: PAUSE_MS }).finally(() => (awake = true));
  late.catch(() => undefined);
  const taken = await successor.call('takeOverAndWrite', { names, ttl: PAUSED_TTL });
  if (awake || taken.accepted !== LOCKS) throw new Error('the locks were not taken over in time');
  return { runs: LOCKS, ...(await late) };
}
