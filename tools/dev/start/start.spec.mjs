import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { notes, workspace } from '../setup/workspace.mjs';

const { dataDirectory } = JSON.parse(readFileSync(join(notes, 'servers.json'), 'utf8'));

// Where a process comes from is read from /proc, which other systems lack.
const options = { skip: process.platform !== 'linux', timeout: 180_000 };

for (const [signal, whom] of [
  ['SIGTERM', 'npm alone'],
  ['SIGINT', 'npm alone'],
  ['SIGKILL', 'npm alone'],
]) {
  test(
    `npm start serves, and ten seconds after ${signal} to ${whom} no process of it is left`,
    options,
    async (t) => {
      const mark = randomUUID();
      const home = join(dataDirectory, 'scratch', `start-${mark}`);
      t.after(() => rmSync(home, { recursive: true, force: true }));
      const port = await freePort();
      const env = { ...process.env, DATA_DIR: home, PORT: String(port), REDIS_URL: '', DATABASE_URL: '' };
      const npm = spawn('npm', ['start'], {
        cwd: workspace,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      let output = '';
      for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (output += chunk));
      const ready = `Sluice is ready: http://localhost:${port}/docs`;
      while (!output.includes(ready) && npm.exitCode === null) await pause(100);
      assert.ok(output.includes(ready), output);

      const answer = await fetch(`http://localhost:${port}/health/ready`);
      assert.deepEqual([answer.status, (await answer.json()).status], [200, 'ok']);
      const running = processesOf(home);
      assert.ok(running.length >= 5, `only ${running.join(', ')}`);

      const exited = once(npm, 'exit');
      const told = performance.now();
      npm.kill(signal);
      await exited;
      while (processesOf(home).length > 0 && performance.now() - told < 10_000) await pause(100);
      assert.deepEqual(processesOf(home), []);
    },
  );
}

/** The processes that have this folder in their command line or their environment. */
function processesOf(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => read(`/proc/${pid}/${file}`).includes(folder)))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 80)}`);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function freePort() {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}
