import { setTimeout as pause } from 'node:timers/promises';
import { say } from '../lib/say.mjs';
import { distribution } from '../lib/statistics.mjs';
import { CLEAN } from './cases.mjs';
import { modes } from './modes.mjs';
import { withTeam } from './processes.mjs';

/** Hand-overs that count. Each takes a peer a second. */
const full = { ours: 300, peers: 40 };
const quick = { ours: 40, peers: 6 };
/** One more of so many comes before, for code is compiled and scripts are loaded by the first ones. */
const WARM_UP = 10;

/**
 * The leader leaves; how long until the standby, in another process, leads. Then the other way round.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, import('../lib/statistics.mjs').Distribution | { failed: string }>>} ms from the call to leave, by mode
 */
export async function runClean(url, { quick: isQuick, filter = '' }) {
  const found = new Map();
  if (!CLEAN.includes(filter)) return found;
  const { ours, peers } = isQuick ? quick : full;
  for (const mode of modes) {
    say(`${CLEAN}, ${mode.title} …`);
    const times = mode.id === 'ours' ? ours : peers;
    const handedOver = withTeam(mode, url, 2, (team) => handOver(mode, team, times));
    found.set(mode.id, await handedOver.then(distribution).catch(({ message }) => ({ failed: message })));
  }
  return found;
}

async function handOver(mode, [first, second], times) {
  const name = `${mode.id}-clean`;
  let [leader, standby] = [first, second];
  const join = (candidate) => candidate.call('join', { names: [name], spread: 0 });
  await join(leader);
  await leader.call('leading', { names: [name] });
  const took = [];
  for (let time = -Math.ceil(times / WARM_UP); time < times; time += 1) {
    await join(standby);
    await pause(Math.random() * mode.rhythm);
    const left = await leader.call('leave', { name });
    const [{ shared }] = await standby.call('leading', { names: [name] });
    if (time >= 0) took.push(shared - left);
    [leader, standby] = [standby, leader];
  }
  return took;
}
