import { limits, three } from './contender.mjs';
import { crossEdge } from './edge.mjs';
import { decideWithoutRedis } from './lost.mjs';

/** Clients that ask in turn. */
const CLIENTS = 1_024;

/**
 * What can be asked of a contender's process.
 *
 * @param {import('./contender.mjs').Mode} mode
 * @param {import('./contender.mjs').Handle} handle
 * @returns {import('../lib/serve-contender.mjs').Contender}
 */
export function contenderOf(mode, handle) {
  const clients = Array.from({ length: CLIENTS }, (_, at) => `ip:${mode.id}-${at}`);
  const made = new Map();

  /** One limiter for each limit, as long as the process lives. */
  function limiter(limit) {
    let decide = made.get(limit);
    if (!decide) made.set(limit, (decide = handle.limiter(limit)));
    return decide;
  }

  function operation(decide, expected) {
    const check = (passes) => {
      if (passes !== expected) throw new Error(expected ? 'a client was denied' : 'a client was let through');
    };
    return { run: (index) => decide(clients[index]), check, count: CLIENTS };
  }

  return {
    /** @param {{ group: 'allowed' | 'denied' }} what */
    async prepare({ group }) {
      if (group === 'allowed') return operation(limiter(limits.wide), true);
      const decide = limiter(limits.one);
      for (let times = 0; times < 3; times += 1) await Promise.all(clients.map(decide));
      return operation(decide, false);
    },
    /** Decisions of three limits at once, one after the other. */
    async decideThree({ times }) {
      const decide = made.get(three) ?? made.set(three, handle.limiters(three)).get(three);
      for (let time = 0; time < times; time += 1) {
        if (!(await decide(clients[time % CLIENTS]))) throw new Error('a client was denied');
      }
    },
    edge: (what) => crossEdge(limiter(limits.edge), what),
    decide: () => limiter(limits.lost)(clients[0]),
    decideWithoutRedis: (what) => decideWithoutRedis(limiter(limits.lost), clients[0], what),
    close: () => handle.close(),
  };
}
