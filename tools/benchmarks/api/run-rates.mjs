import { setTimeout as pause } from 'node:timers/promises';
import { runRounds } from '../lib/rounds.mjs';
import { say } from '../lib/say.mjs';
import { caseName, CONNECTIONS, WARM_USERS } from './cases.mjs';
import { contendersOf } from './contenders.mjs';
import { kinds } from './kinds.mjs';
import { USERS } from './users.mjs';

const full = { rounds: 9, milliseconds: 1_000, warmUp: 3_000 };
const quick = { rounds: 3, milliseconds: 400, warmUp: 1_000 };

/** For what an emptied Redis tells near caches to arrive. */
const SETTLE_MS = 100;

/**
 * Requests a second of each kind, one way.
 *
 * @param {'cached' | 'uncached'} way
 * @param {Map<string, import('./served.mjs').Served>} served
 * @param {import('../lib/arguments.mjs').Options} options
 * @param {{ meter: import('../lib/redis-meter.mjs').Meter, empty?: () => Promise<unknown> }} redis
 * @returns {Promise<Map<string, Map<string, import('../lib/rounds.mjs').Measured | { failed: string }>>>} by case and
 *   contender
 */
export async function runRates(way, served, options, { meter, empty }) {
  const measured = new Map();
  const taking = new Map(contendersOf(way).map(({ id }) => [id, served.get(id)]));
  for (const kind of kinds) {
    const name = caseName(kind, way);
    if (!name.includes(options.filter ?? '')) continue;
    say(`${name} …`);
    // Who is asked for the first time in a round is not cached: each user once, out of an empty Redis.
    const isFirst = way === 'uncached';
    const users = isFirst ? USERS : WARM_USERS;
    const asked = isFirst ? eachAskedOnce(taking, users, empty) : taking;
    const what = { prepare: { kind: kind.id, users }, callers: CONNECTIONS, timed: true };
    const { milliseconds, ...pace } = options.quick ? quick : full;
    const length = isFirst ? Math.min(milliseconds, 500) : milliseconds;
    measured.set(name, await runRounds(asked, what, { ...pace, milliseconds: length }, meter));
  }
  return measured;
}

function eachAskedOnce(taking, users, empty) {
  return new Map(
    [...taking].map(([id, one]) => {
      const call = async (method, argument) => {
        if (method !== 'measure') return one.call(method, argument);
        await empty();
        await pause(SETTLE_MS);
        const sample = await one.call(method, {
          ...argument,
          milliseconds: Math.min(argument.milliseconds, 500),
        });
        if (sample.operations > users) throw new Error('users were asked for twice: seed more of them');
        return sample;
      };
      return [id, { call }];
    }),
  );
}
