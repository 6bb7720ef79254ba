import { setTimeout as pause } from 'node:timers/promises';

/** Around an answer of `INFO`, with the question. */
const FRAME_BYTES = 40;

/**
 * Counts what a Redis server does, its own questions left out.
 *
 * @typedef {object} Meter
 * @property {() => Promise<number>} read commands the server has processed so far
 * @property {() => Promise<{ commands: number, bytes: number }>} traffic the same, and what it received and sent
 * @property {() => Promise<number>} scripts scripts that clients have run so far: a round trip each
 * @property {() => Promise<void>} quiet resolves when (almost) nobody asks it anything any more: a contender's writes
 *   in the background must not run into the next measurement. After 15 s it is left at that
 * @property {() => void} close whether or not the server is still there
 */

/**
 * @param {string} url
 * @returns {Promise<Meter & { version: string }>}
 */
export async function redisMeter(url) {
  const { Redis } = await import('ioredis-6');
  const client = new Redis(url);
  client.on('error', () => undefined); // a suite may kill the server
  const numberIn = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0);
  const own = { commands: 0, bytes: 0 };

  async function ask(section) {
    const text = await client.info(section);
    own.commands += 1;
    own.bytes += text.length + FRAME_BYTES;
    return text;
  }

  async function traffic() {
    const before = { ...own };
    const text = await ask('stats');
    const bytes =
      numberIn(text, /total_net_input_bytes:(\d+)/) + numberIn(text, /total_net_output_bytes:(\d+)/);
    return {
      commands: numberIn(text, /total_commands_processed:(\d+)/) - before.commands,
      bytes: bytes - before.bytes,
    };
  }

  async function read() {
    return (await traffic()).commands;
  }

  async function scripts() {
    const text = await ask('commandstats');
    return ['eval', 'evalsha', 'fcall'].reduce(
      (total, name) => total + numberIn(text, new RegExp(`cmdstat_${name}:calls=(\\d+)`)),
      0,
    );
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

  const version = /redis_version:(\S+)/.exec(await ask('server'))[1];
  return { version, read, traffic, scripts, quiet, close: () => client.disconnect() };
}
