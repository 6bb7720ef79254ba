// What the set-up promises when it is not alone, and when it or a download is cut off.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { debianRedis, fetchDebianRedis } from './setup/debian-redis.mjs';
import { notes, workspace } from './setup/workspace.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-setup-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const underLock = `
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { withLock } from ${JSON.stringify(new URL('setup/lock.mjs', import.meta.url).href)};
const [folder, milliseconds] = process.argv.slice(1);
await withLock(folder + '/lock', async () => {
  appendFileSync(folder + '/log', 'in ' + process.pid + '\\n');
  await pause(Number(milliseconds));
  appendFileSync(folder + '/log', 'out ' + process.pid + '\\n');
});
`;

test(
  'two set-ups at once both come to their end, and leave whole notes and no lock',
  { timeout: 120_000 },
  async () => {
    const both = [run(['tools/dev/setup.mjs']), run(['tools/dev/setup.mjs'])];
    assert.deepEqual(await Promise.all(both.map(exitCode)), [0, 0]);
    const servers = JSON.parse(readFileSync(join(notes, 'servers.json'), 'utf8'));
    assert.ok(existsSync(servers.dataDirectory));
    assert.deepEqual(
      readdirSync(notes).filter((name) => /^(setup\.lock|servers\.json\.)/.test(name)),
      [],
    );
  },
);

test(
  'work under the lock never overlaps, and a holder that was killed keeps it from nobody',
  { timeout: 60_000 },
  async () => {
    const killed = lockHolder(60_000);
    while (!existsSync(join(folder, 'log'))) await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill('SIGKILL');
    await once(killed, 'exit');

    const others = [1, 2, 3, 4].map(() => lockHolder(100));
    assert.deepEqual(await Promise.all(others.map(exitCode)), [0, 0, 0, 0]);
    const log = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n').slice(1);
    assert.equal(log.length, 8);
    for (let i = 0; i < log.length; i += 2) {
      assert.equal(log[i + 1], log[i].replace('in', 'out'), `overlapping: ${log.join(', ')}`);
    }
  },
);

const debianOnly = { skip: process.platform === 'linux' ? false : 'Redis is fetched on Linux alone' };
test('a download that breaks off half way counts as none, and is said', debianOnly, async (t) => {
  const said = t.mock.method(console, 'log', () => undefined);
  // A package server that goes away after the first package: one file is there, and it is cut short.
  program('apt-get', 'case "$*" in *download*) echo cut > redis-tools.deb; exit 100;; esac');
  program('dpkg', 'exit 2');
  const path = process.env.PATH;
  process.env.PATH = `${folder}${delimiter}${path}`;
  try {
    const redis = join(folder, 'redis');
    assert.equal(await fetchDebianRedis(redis), false);
    assert.equal(debianRedis(redis), undefined);
    assert.equal(existsSync(redis), false);
    assert.match(said.mock.calls.at(-1).arguments[0], /apt-get download failed/);
  } finally {
    process.env.PATH = path;
  }
});

function program(name, script) {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${script}\nexit 0\n`);
  chmodSync(file, 0o755);
}

function lockHolder(milliseconds) {
  return run(['--input-type=module', '--eval', underLock, folder, String(milliseconds)]);
}

function run(words) {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return spawn(process.execPath, words, { cwd: workspace, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function exitCode(child) {
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return code;
}
