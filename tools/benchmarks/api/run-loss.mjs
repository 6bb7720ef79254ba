import { setTimeout as pause } from 'node:timers/promises';
import { say } from '../lib/say.mjs';
import { CONNECTIONS, PATIENCE_MS, WARM_USERS } from './cases.mjs';
import { contendersOf } from './contenders.mjs';

const KIND = 'gallery';
const BEFORE_MS = 1_000;
const LASTS_MS = 4_000;

/**
 * Redis is killed while a contender is asked, and stays away for three seconds more; one contender after the other,
 * each with a Redis that is there again. To be run when nothing else needs what is in Redis.
 *
 * @param {import('@sluice/testing-servers').RedisProcess} redis
 * @param {Map<string, import('./served.mjs').Served>} served
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, object | { failed: string }>>} what `askThroughLoss` found, by contender
 */
export async function runLoss(redis, served, { filter = '' }) {
  const found = new Map();
  if (!'killed'.includes(filter)) return found;
  for (const { id, title } of contendersOf('lost')) {
    say(`Redis killed under ${title} …`);
    found.set(id, await lose(served.get(id), redis).catch(({ message }) => ({ failed: message })));
    await redis.restart();
    await pause(1_000);
  }
  return found;
}

async function lose(one, redis) {
  const load = { kind: KIND, users: WARM_USERS, callers: CONNECTIONS, patience: PATIENCE_MS };
  await one.call('throughLoss', { ...load, milliseconds: BEFORE_MS });
  const asked = one.call('throughLoss', { ...load, milliseconds: LASTS_MS });
  await pause(BEFORE_MS);
  await redis.kill();
  const result = await asked;
  return { ...result, ended: one.ended };
}
