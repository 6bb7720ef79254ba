import { say } from '../lib/say.mjs';
import { EDGE } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { withContenders } from './processes.mjs';

const CLIENTS = 20;

/**
 * How many requests pass where one window ends and the next begins.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, { near: number, second: number } | { failed: string }>>} the most of any client, by mode
 */
export async function runEdge(url, { filter = '' }) {
  const found = new Map();
  if (!EDGE.includes(filter)) return found;
  say(`${EDGE} …`);
  await withContenders(modesOf('edge'), url, async (processes) => {
    for (const [id, contender] of processes) {
      const crossed = cross(id, contender);
      found.set(id, await crossed.catch(({ message }) => ({ failed: message })));
    }
  });
  return found;
}

async function cross(id, contender) {
  const clients = (kind) => Array.from({ length: CLIENTS }, (_, at) => `ip:${id}-${kind}-${at}`);
  await contender.call('edge', { clients: clients('first').slice(0, 1) }); // compiled code and connections
  const crossed = await contender.call('edge', { clients: clients('edge') });
  return {
    near: Math.max(...crossed.map(({ near }) => near)),
    second: Math.max(...crossed.map(({ second }) => second)),
  };
}
