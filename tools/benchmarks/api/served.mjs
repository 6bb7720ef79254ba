import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ContenderProcess } from '../lib/contender-process.mjs';
import { cpuSecondsOf } from './cpu-seconds.mjs';
import { SECRET } from './users.mjs';

const loadMain = new URL('./load-main.mjs', import.meta.url);

/** A contender's server in a process of its own, and another process that asks it. */
export class Served {
  #server;
  #load;
  #output = '';

  /** @param {import('./contenders.mjs').Contender} contender @param {Record<string, string>} servers their addresses */
  static async start(contender, servers) {
    const served = new Served();
    const port = await freePort();
    served.#server = spawn(process.execPath, contender.command, {
      cwd: contender.cwd,
      // The log of requests is written, and read by nobody.
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        PORT: String(port),
        APP_SECRET: SECRET,
        ...servers,
        ...contender.env,
      },
    });
    served.#server.stderr.on('data', (chunk) => (served.#output = `${served.#output}${chunk}`.slice(-2_000)));
    served.url = `http://127.0.0.1:${port}`;
    await served.#untilItAnswers();
    served.#load = new ContenderProcess(loadMain, [served.url]);
    return served;
  }

  /** As the frame asks a contender; CPU time is that of the server. */
  async call(method, argument, within) {
    if (method !== 'measure') return this.#load.call(method, argument, within);
    const before = cpuSecondsOf(this.#server.pid);
    const sample = await this.#load.call(method, argument, within);
    return { ...sample, cpuSeconds: cpuSecondsOf(this.#server.pid) - before };
  }

  /** Why it ended, or nothing while it lives. */
  get ended() {
    const { exitCode, signalCode } = this.#server;
    if (exitCode === null && signalCode === null) return undefined;
    return `its process ended (${exitCode ?? signalCode}): ${this.#output.trim().split('\n').slice(0, 8).join(' ')}`;
  }

  async close() {
    await this.#load?.close();
    if (this.ended) return;
    const exited = once(this.#server, 'exit');
    this.#server.kill('SIGTERM');
    const timer = setTimeout(() => this.#server.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  }

  async #untilItAnswers() {
    const deadline = performance.now() + 60_000;
    while (
      !(await fetch(`${this.url}/api/gallery`, { signal: AbortSignal.timeout(2_000) }).catch(() => null))
    ) {
      if (this.ended || performance.now() > deadline) {
        this.#server.kill('SIGKILL');
        throw new Error(this.ended ?? `it does not serve: ${this.#output}`);
      }
      await pause(50);
    }
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
