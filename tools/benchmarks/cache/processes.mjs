import { ContenderProcess } from '../lib/contender-process.mjs';

const main = new URL('./contender-main.mjs', import.meta.url);

/** A process for one mode; the caller closes it. */
export function startContender({ id }, url) {
  return new ContenderProcess(main, [id, url]);
}

/**
 * One process for each mode, as long as `work` runs.
 *
 * @template T
 * @param {import('./contender.mjs').Mode[]} modes
 * @param {string} url
 * @param {(processes: Map<string, ContenderProcess>) => Promise<T>} work
 */
export async function withContenders(modes, url, work) {
  const processes = new Map(modes.map((mode) => [mode.id, startContender(mode, url)]));
  try {
    return await work(processes);
  } finally {
    await Promise.all([...processes.values()].map((contender) => contender.close()));
  }
}
