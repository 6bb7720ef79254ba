import { ioredisClient } from '../lib/ioredis-client.mjs';
import { say } from '../lib/say.mjs';
import { SILENCES } from '../lib/silence.mjs';
import { leasesInSilence, summaryOfTold } from '../lib/told.mjs';
import { toldName } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';

/** Time to live of a lock, in ms. */
export const HELD_TTL = 3_000;
const LOCKS = 10;

/** How often Redis falls silent, each time for so many locks of a new process. Peers wait long for nothing. */
const full = { ours: 10, peers: 1 };
const quick = { ours: 1, peers: 1 };

/**
 * Locks are held and renewed when Redis falls silent.
 *
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, Map<string, import('../lib/told.mjs').Told | { failed: string }>>>} by silence and mode
 */
export async function runTold(redis, { quick: isQuick, filter = '' }) {
  const found = new Map();
  const client = await ioredisClient(redis.url);
  const { ours, peers } = isQuick ? quick : full;
  for (const how of SILENCES.filter((name) => toldName(name).includes(filter))) {
    const byMode = new Map();
    for (const mode of modesOf('held')) {
      say(`${toldName(how)}, ${mode.title} …`);
      const told = repeat(mode, how, mode.id === 'ours' ? ours : peers, redis, client);
      byMode.set(mode.id, await told.catch(({ message }) => ({ failed: message })));
    }
    found.set(how, byMode);
  }
  await client.quit();
  return found;
}

async function repeat(mode, how, times, redis, client) {
  const found = [];
  for (let time = 0; time < times; time += 1) {
    const names = Array.from(
      { length: LOCKS },
      (_, at) => `${mode.id}-${how.replace(' ', '-')}-${time}-${at}`,
    );
    const leases = {
      start: (url) => startContender(mode, url),
      // Renewals are due at different moments.
      hold: (contender) => contender.call('hold', { names, ttl: HELD_TTL, spread: HELD_TTL / 2 }),
      names,
      endsAt: (name) => mode.endsAt(client, name),
    };
    found.push(...(await leasesInSilence(how, redis, leases)));
  }
  return summaryOfTold(found);
}
