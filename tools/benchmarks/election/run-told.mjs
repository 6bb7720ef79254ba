import { runTold as run } from '../lib/run-told.mjs';
import { toldName } from './cases.mjs';
import { LEASE_MS } from './contender.mjs';
import { modes } from './modes.mjs';
import { startContender } from './processes.mjs';

/** Peers wait long for nothing. */
const full = { ours: 3, peers: 1 };
const quick = { ours: 1, peers: 1 };

/**
 * Leaders lead when Redis falls silent.
 *
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {import('../lib/arguments.mjs').Options} options
 */
export function runTold(redis, { quick: isQuick, filter }) {
  return run(redis, {
    nameOf: toldName,
    filter,
    modes,
    times: isQuick ? quick : full,
    leases: 10,
    start: startContender,
    hold: async (contender, names) => {
      await contender.call('join', { names, spread: LEASE_MS / 2 });
      await contender.call('leading', { names });
    },
  });
}
