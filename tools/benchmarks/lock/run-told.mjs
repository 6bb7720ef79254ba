import { runTold as run } from '../lib/run-told.mjs';
import { toldName } from './cases.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';

/** Time to live of a lock, in ms. */
export const HELD_TTL = 3_000;

/** Peers wait long for nothing. */
const full = { ours: 10, peers: 1 };
const quick = { ours: 1, peers: 1 };

/**
 * Locks are held and renewed when Redis falls silent.
 *
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {import('../lib/arguments.mjs').Options} options
 */
export function runTold(redis, { quick: isQuick, filter }) {
  return run(redis, {
    nameOf: toldName,
    filter,
    modes: modesOf('held'),
    times: isQuick ? quick : full,
    leases: 10,
    start: startContender,
    // Renewals are due at different moments.
    hold: (contender, names) => contender.call('hold', { names, ttl: HELD_TTL, spread: HELD_TTL / 2 }),
  });
}
