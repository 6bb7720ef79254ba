import { setTimeout as pause } from 'node:timers/promises';

/**
 * Counts what a Redis server does, its own questions left out.
 *
 * @typedef {object} Meter
 * @property {() => Promise<number>} read commands the server has processed so far
 * @property {() => Promise<void>} quiet resolves when (almost) nobody asks it anything any more: a contender's writes
 *   in the background must not run into the next measurement. After 15 s it is left at that
 * @property {() => Promise<unknown>} close
 */

/**
 * @param {string} url
 * @returns {Promise<Meter & { version: string }>}
 */
export async function redisMeter(url) {
  const { Redis } = await import('ioredis-6');
  const client = new Redis(url);
  const info = (section, pattern) => client.info(section).then((text) => pattern.exec(text)[1]);
  let own = 0;

  async function read() {
    return Number(await info('stats', /total_commands_processed:(\d+)/)) - own++;
  }

  async function quiet() {
    const deadline = performance.now() + 15_000;
    for (let before = await read(), still = 0; still < 4 && performance.now() < deadline;) {
      await pause(40);
      const now = await read();
      still = now - before <= 2 ? still + 1 : 0;
      before = now;
    }
  }

  const version = await info('server', /redis_version:(\S+)/);
  return { version, read, quiet, close: () => client.quit() };
}
