import { say } from '../lib/say.mjs';
import { median } from '../lib/statistics.mjs';
import { modesOf } from './modes.mjs';
import { startContender } from './processes.mjs';

export const PROCESSES = 4;
export const CALLERS = 100;

/**
 * Processes that ask for a cold key at the same time, with several keys one after the other.
 *
 * @param {string} url
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<Map<string, { loads: { median: number, max: number }, milliseconds: number } | { failed: string }>>}
 */
export async function runCold(url, { quick }) {
  say(`cold key, ${PROCESSES} processes × ${CALLERS} callers …`);
  const found = new Map();
  for (const mode of modesOf('cold')) found.set(mode.id, await stampede(mode, url, quick ? 3 : 10));
  return found;
}

async function stampede(mode, url, keys) {
  const processes = Array.from({ length: PROCESSES }, () => startContender(mode, url));
  try {
    const runs = [];
    await allCall(processes, 'loadCold', { key: `${mode.id}:cold:first`, callers: 1, at: 0 });
    for (let key = 0; key < keys; key += 1) {
      const what = { key: `${mode.id}:cold:${key}`, callers: CALLERS, at: Date.now() + 100 };
      const answers = await allCall(processes, 'loadCold', what);
      runs.push({
        loads: answers.reduce((total, { loads }) => total + loads, 0),
        milliseconds: Math.max(...answers.map(({ milliseconds }) => milliseconds)),
      });
    }
    const loads = runs.map((run) => run.loads);
    return {
      loads: { median: median(loads), max: Math.max(...loads) },
      milliseconds: median(runs.map((run) => run.milliseconds)),
    };
  } catch (error) {
    return { failed: error.message };
  } finally {
    await Promise.all(processes.map((contender) => contender.close()));
  }
}

function allCall(processes, method, argument) {
  return Promise.all(processes.map((contender) => contender.call(method, argument)));
}
