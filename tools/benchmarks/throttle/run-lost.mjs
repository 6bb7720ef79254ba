import { say } from '../lib/say.mjs';
import { SILENCES, silence } from '../lib/silence.mjs';
import { median } from '../lib/statistics.mjs';
import { KILLED, lostName } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';

export const TIMES = 50;
/** In ms; a request that waited this long would have been given up. */
export const PATIENCE_MS = 5_000;

/**
 * @typedef {object} Lost
 * @property {number} first ms until the first decision
 * @property {number} median ms of a decision
 * @property {number} longest
 * @property {string[]} outcomes what was decided, each once
 */

/**
 * How long a decision takes without Redis, and what it is. To be run last: Redis is killed, and comes back empty.
 *
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, Map<string, Lost | { failed: string }>>>} by how it was lost and mode
 */
export async function runLost(redis, { filter = '' }) {
  const found = new Map();
  for (const how of [...SILENCES, KILLED].filter((name) => lostName(name).includes(filter))) {
    const byMode = new Map();
    for (const mode of modesOf('lost')) {
      say(`${lostName(how)}, ${mode.title} …`);
      byMode.set(mode.id, await lose(mode, how, redis).catch(({ message }) => ({ failed: message })));
    }
    found.set(how, byMode);
  }
  return found;
}

async function lose(mode, how, redis) {
  const fault = how === KILLED ? killing(redis) : await silence(how, redis);
  const contender = startContender(mode, fault.url);
  try {
    if (!(await contender.call('decide'))) throw new Error('denied while nothing was wrong');
    await fault.begin();
    const decided = await contender.call('decideWithoutRedis', { times: TIMES, patience: PATIENCE_MS });
    const took = decided.map(({ milliseconds }) => milliseconds);
    return {
      first: took[0],
      median: median(took),
      longest: Math.max(...took),
      outcomes: [...new Set(decided.map(({ outcome }) => outcome))],
    };
  } finally {
    await contender.kill();
    await fault.end();
  }
}

function killing(redis) {
  return { url: redis.url, begin: () => redis.kill(), end: () => redis.restart() };
}
