import { ioredisClient } from './ioredis-client.mjs';
import { say } from './say.mjs';
import { SILENCES } from './silence.mjs';
import { leasesInSilence, summaryOfTold } from './told.mjs';

/**
 * Leases are held and renewed when Redis falls silent, in each way of it, once for each mode and time.
 *
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {object} suite
 * @param {(how: string) => string} suite.nameOf the case
 * @param {string} [suite.filter] only cases whose name contains this
 * @param {{ id: string, title: string, endsAt: Function }[]} suite.modes
 * @param {{ ours: number, peers: number }} suite.times how often Redis falls silent, each time for a new process
 * @param {number} suite.leases of each process
 * @param {(mode: object, url: string) => import('./contender-process.mjs').ContenderProcess} suite.start
 * @param {(contender: object, names: string[]) => Promise<unknown>} suite.hold as of {@link leasesInSilence}
 * @returns {Promise<Map<string, Map<string, import('./told.mjs').Told | { failed: string }>>>} by silence and mode
 */
export async function runTold(redis, { nameOf, filter = '', modes, times, leases, start, hold }) {
  const found = new Map();
  const client = await ioredisClient(redis.url);
  for (const how of SILENCES.filter((name) => nameOf(name).includes(filter))) {
    const byMode = new Map();
    for (const mode of modes) {
      say(`${nameOf(how)}, ${mode.title} …`);
      const told = repeat(mode, how);
      byMode.set(mode.id, await told.catch(({ message }) => ({ failed: message })));
    }
    found.set(how, byMode);
  }
  await client.quit();
  return found;

  async function repeat(mode, how) {
    const all = [];
    for (let time = 0; time < (mode.id === 'ours' ? times.ours : times.peers); time += 1) {
      const names = Array.from(
        { length: leases },
        (_, at) => `${mode.id}-${how.replace(' ', '-')}-${time}-${at}`,
      );
      all.push(
        ...(await leasesInSilence(how, redis, {
          start: (url) => start(mode, url),
          hold: (contender) => hold(contender, names),
          names,
          endsAt: (name) => mode.endsAt(client, name),
        })),
      );
    }
    return summaryOfTold(all);
  }
}
