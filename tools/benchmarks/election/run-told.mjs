import { ioredisClient } from '../lib/ioredis-client.mjs';
import { say } from '../lib/say.mjs';
import { SILENCES } from '../lib/silence.mjs';
import { leasesInSilence, summaryOfTold } from '../lib/told.mjs';
import { toldName } from './cases.mjs';
import { LEASE_MS } from './contender.mjs';
import { modes } from './modes.mjs';
import { startContender } from './processes.mjs';

const ELECTIONS = 10;

/** How often Redis falls silent, each time for so many elections of a new process. Peers wait long for nothing. */
const full = { ours: 3, peers: 1 };
const quick = { ours: 1, peers: 1 };

/**
 * Leaders lead when Redis falls silent.
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
    for (const mode of modes) {
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
      { length: ELECTIONS },
      (_, at) => `${mode.id}-${how.replace(' ', '-')}-${time}-${at}`,
    );
    const leases = {
      start: (url) => startContender(mode, url),
      hold: async (contender) => {
        await contender.call('join', { names, spread: LEASE_MS / 2 });
        await contender.call('leading', { names });
      },
      names,
      endsAt: (name) => mode.endsAt(client, name),
    };
    found.push(...(await leasesInSilence(how, redis, leases)));
  }
  return summaryOfTold(found);
}
