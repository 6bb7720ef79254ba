import { ContenderProcess } from './contender-process.mjs';

/**
 * Processes of the contenders of one suite, each of one mode.
 *
 * @template {{ id: string }} Mode
 * @param {URL} main what such a process runs, with the id of the mode and the URL as its words
 */
export function contenderProcesses(main) {
  /**
   * A process for one mode; the caller closes it.
   *
   * @param {Mode} mode
   * @param {string} url
   */
  function startContender({ id }, url) {
    return new ContenderProcess(main, [id, url]);
  }

  /**
   * Processes for each mode, as long as `work` runs.
   *
   * @template T
   * @param {Mode[]} modes
   * @param {string} url
   * @param {(processes: Map<string, ContenderProcess>) => Promise<T>} work
   */
  async function withContenders(modes, url, work) {
    const processes = new Map(modes.map((mode) => [mode.id, startContender(mode, url)]));
    try {
      return await work(processes);
    } finally {
      await Promise.all([...processes.values()].map((contender) => contender.close()));
    }
  }

  /**
   * Several processes of one mode, as long as `work` runs.
   *
   * @template T
   * @param {Mode} mode
   * @param {string} url
   * @param {number} count
   * @param {(processes: ContenderProcess[]) => Promise<T>} work
   */
  async function withTeam(mode, url, count, work) {
    const processes = Array.from({ length: count }, () => startContender(mode, url));
    try {
      return await work(processes);
    } finally {
      await Promise.all(processes.map((contender) => contender.close()));
    }
  }

  return { startContender, withContenders, withTeam };
}
