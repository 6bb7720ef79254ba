import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { guard } from '@sluice/testing-servers';
import { workspace } from '../setup/workspace.mjs';

const stopWithin = 6_000;

/** The served API: one process after the other. */
export class ApiProcess {
  #child;
  #restarting = false;
  #stopped = false;

  constructor(environment) {
    this.environment = { NODE_ENV: 'development', ...process.env, ...environment };
  }

  /** Whether it is there, or about to be. */
  get running() {
    return this.#restarting || this.#isAlive();
  }

  start() {
    const main = join(workspace, 'apps', 'api', 'dist', 'main.js');
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd: workspace,
      env: this.environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#child = child;
    // If this process is killed, nobody else would end the API.
    const watch = guard(child.pid, 'SIGTERM');
    child.once('exit', () => watch.dismiss());
  }

  async restart() {
    this.#restarting = true;
    try {
      await this.#end();
      if (!this.#stopped) this.start();
    } finally {
      this.#restarting = false;
    }
  }

  /** Ends it for good. SIGTERM, and SIGKILL after 6 s: all has to be over ten seconds after a person asked for it. */
  async stop() {
    this.#stopped = true;
    await this.#end();
  }

  async #end() {
    const child = this.#child;
    if (!this.#isAlive()) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([exited, pause(stopWithin, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await exited;
  }

  #isAlive() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
