import { rotated } from '../lib/rounds.mjs';
import { say } from '../lib/say.mjs';
import { median, spread } from '../lib/statistics.mjs';
import { caseName, CONNECTIONS, PATIENCE_MS, WARM_USERS } from './cases.mjs';
import { contendersOf } from './contenders.mjs';
import { kinds } from './kinds.mjs';

const full = { rounds: 5, milliseconds: 1_000 };
const quick = { rounds: 2, milliseconds: 500 };

/**
 * Requests a second while there is no Redis. Who answers nothing in a round is asked no more.
 *
 * @param {Map<string, import('./served.mjs').Served>} served
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, Map<string, object | { failed: string }>>>} by case and contender
 */
export async function runLost(served, options) {
  const found = new Map();
  for (const kind of kinds) {
    const name = caseName(kind, 'lost');
    if (!name.includes(options.filter ?? '')) continue;
    say(`${name} …`);
    found.set(name, await rounds(kind.id, served, options.quick ? quick : full));
  }
  return found;
}

async function rounds(kind, served, { rounds: count, milliseconds }) {
  const what = { kind, users: WARM_USERS, callers: CONNECTIONS, patience: PATIENCE_MS, milliseconds };
  const ids = contendersOf('lost').map(({ id }) => id);
  const samples = new Map(ids.map((id) => [id, []]));
  const failed = new Map();
  for (const id of ids) await served.get(id).call('throughLoss', what); // Who keeps to a circuit opens it.
  for (let round = 0; round < count; round += 1) {
    for (const id of rotated(ids, round)) {
      if (failed.has(id)) continue;
      const sample = await served.get(id).call('throughLoss', what);
      if (sample.answered > 0) samples.get(id).push(sample);
      else failed.set(id, { failed: served.get(id).ended ?? `no answer within ${PATIENCE_MS / 1_000} s` });
    }
  }
  return new Map(ids.map((id) => [id, failed.get(id) ?? summary(samples.get(id))]));
}

function summary(samples) {
  const of = (name) => samples.map((sample) => sample[name]);
  const sum = (name) => of(name).reduce((total, value) => total + value, 0);
  return {
    operationsPerSecond: spread(samples.map(({ answered, seconds }) => answered / seconds)),
    latency: { p50: median(of('p50')), p99: median(of('p99')) },
    refused: sum('refused'),
    unanswered: sum('unanswered'),
  };
}
