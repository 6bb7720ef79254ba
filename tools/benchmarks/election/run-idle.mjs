import { setTimeout as pause } from 'node:timers/promises';
import { say } from '../lib/say.mjs';
import { IDLE } from './cases.mjs';
import { modes } from './modes.mjs';
import { withTeam } from './processes.mjs';

const full = 15_000;
const quick = 4_000;

/**
 * What it costs the server that one leads and one stands by, while nothing happens.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {import('../lib/redis-meter.mjs').Meter} meter
 * @returns {Promise<Map<string, { commands: number, bytes: number } | { failed: string }>>} a second, by mode
 */
export async function runIdle(url, { quick: isQuick, filter = '' }, meter) {
  const found = new Map();
  if (!IDLE.includes(filter)) return found;
  for (const mode of modes) {
    say(`${IDLE}, ${mode.title} …`);
    const costs = withTeam(mode, url, 2, (team) => watch(mode, team, isQuick ? quick : full, meter));
    found.set(mode.id, await costs.catch(({ message }) => ({ failed: message })));
  }
  return found;
}

async function watch(mode, team, milliseconds, meter) {
  for (const candidate of team) {
    await candidate.call('join', { names: [`${mode.id}-idle`], spread: 0 });
  }
  await pause(500);
  const before = await meter.traffic();
  await pause(milliseconds);
  const after = await meter.traffic();
  return {
    commands: ((after.commands - before.commands) * 1000) / milliseconds,
    bytes: ((after.bytes - before.bytes) * 1000) / milliseconds,
  };
}
