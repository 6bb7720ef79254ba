import { setTimeout as pause } from 'node:timers/promises';
import { ioredisClient } from '../lib/ioredis-client.mjs';
import { say } from '../lib/say.mjs';
import { distribution } from '../lib/statistics.mjs';
import { CRASHED } from './cases.mjs';
import { LEASE_MS } from './contender.mjs';
import { modes } from './modes.mjs';
import { startContender } from './processes.mjs';

/** Elections that the process leads which is killed. */
const ELECTIONS = 10;
const full = { ours: 15, peers: 4 };
const quick = { ours: 2, peers: 1 };

/**
 * The leader's process is killed (SIGKILL) at a moment of chance; how long after the end of its lease the standby leads.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, import('../lib/statistics.mjs').Distribution | { failed: string }>>} ms from the end of the lease,
 *   by mode; negative is too early: the dead one might have lived
 */
export async function runCrashed(url, { quick: isQuick, filter = '' }) {
  const found = new Map();
  if (!CRASHED.includes(filter)) return found;
  const { ours, peers } = isQuick ? quick : full;
  const client = await ioredisClient(url);
  for (const mode of modes) {
    say(`${CRASHED}, ${mode.title} …`);
    const late = crash(mode, url, mode.id === 'ours' ? ours : peers, client);
    found.set(mode.id, await late.then(distribution).catch(({ message }) => ({ failed: message })));
  }
  await client.quit();
  return found;
}

async function crash(mode, url, times, client) {
  const names = Array.from({ length: ELECTIONS }, (_, at) => `${mode.id}-crashed-${at}`);
  const join = (candidate) => candidate.call('join', { names, spread: LEASE_MS / 2 });
  let leader = startContender(mode, url);
  let standby;
  const late = [];
  try {
    await join(leader);
    await leader.call('leading', { names });
    for (let time = 0; time < times; time += 1) {
      standby = startContender(mode, url);
      await join(standby);
      await pause(Math.random() * mode.rhythm);
      await leader.kill();
      // Only now: nobody renews it any more.
      const ends = await Promise.all(names.map((name) => mode.endsAt(client, name)));
      if (ends.some(Number.isNaN)) throw new Error('nobody led while nothing was wrong');
      const led = await standby.call('leading', { names });
      late.push(...led.map(({ wall }, at) => wall - ends[at]));
      [leader, standby] = [standby, undefined];
    }
    return late;
  } finally {
    await leader.kill();
    await standby?.kill();
  }
}
