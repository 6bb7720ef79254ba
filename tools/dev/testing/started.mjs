import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { notes, workspace } from '../setup/workspace.mjs';
import { ProcessWatch } from './process-watch.mjs';

/** One `npm start` on a port and with data of its own, so that a person's `npm start` in this tree is not disturbed. */
export class Started {
  output = '';
  watch = new ProcessWatch();

  static async begin({ port } = {}) {
    return new Started(port ?? (await freePort()));
  }

  constructor(port) {
    this.port = port;
    const { dataDirectory } = JSON.parse(readFileSync(join(notes, 'servers.json'), 'utf8'));
    this.dataDirectory = join(dataDirectory, 'scratch', `start-${process.pid}-${port}`);
    mkdirSync(this.dataDirectory, { recursive: true });
    // In a group of its own, as a shell does it: a signal to the group is what Ctrl-C sends.
    this.npm = spawn('npm', ['start'], {
      cwd: workspace,
      env: {
        ...withoutServers(),
        ...this.watch.environment,
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: this.dataDirectory,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.exited = once(this.npm, 'exit');
    for (const stream of [this.npm.stdout, this.npm.stderr]) {
      stream.on('data', (chunk) => (this.output += chunk));
    }
  }

  /** Waits for a text in the output. */
  async says(text, milliseconds = 240_000) {
    const deadline = performance.now() + milliseconds;
    while (!this.output.includes(text)) {
      if (performance.now() > deadline || this.npm.exitCode !== null) {
        throw new Error(`npm start never said "${text}". It said:\n${this.output}`);
      }
      await pause(50);
    }
  }

  end() {
    this.watch.end();
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }
}

/** Loopback, and free at this moment. */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

// Servers that the tests were given are not used, since its own servers are what is to be seen ending; and what a
// test runner tells its children is not for an API.
function withoutServers() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(REDIS_|DATABASE_|NODE_TEST_|NODE_ENV$|APP_SECRET$)/.test(name),
    ),
  );
}
