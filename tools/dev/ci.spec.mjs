// What `.ci/run` promises a build machine: its last line and its exit code. The suites themselves are played here by a
// program named npm, since they would run this file again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { workspace } from './setup/workspace.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-ci-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fine = 'echo "7 passed, 0 failed"; echo "[sluice] All is well."';
const broken = 'echo "6 passed, 1 failed"; exit 1';
const full = 'echo "30 passed, 0 failed, 2 skipped"';
const options = { skip: process.platform === 'win32' ? 'a shell script' : false };

for (const [title, suites, expected] of [
  ['counts one suite', { test: fine, full: ':' }, ['7 passed, 0 failed', 0]],
  ['counts the long suites too', { test: fine, full }, ['37 passed, 0 failed', 0]],
  ['fails when a test failed', { test: broken, full }, ['6 passed, 1 failed', 1]],
  ['fails when a long one failed', { test: fine, full: broken }, ['13 passed, 1 failed', 1]],
  [
    'fails when lint failed and all tests passed',
    { test: `${fine}; exit 1`, full: ':' },
    ['7 passed, 0 failed', 1],
  ],
  ['fails when no test ran', { test: 'echo "0 passed, 0 failed"', full: ':' }, ['0 passed, 0 failed', 1]],
  ['fails when nothing was said at all', { test: ':', full: ':' }, ['0 passed, 0 failed', 1]],
]) {
  test(title, options, () => assert.deepEqual(ci(suites), expected));
}

function ci({ test: short, full: long }) {
  const npm = join(folder, 'npm');
  writeFileSync(npm, `#!/bin/sh\ncase "$1" in\ntest) ${short} ;;\nrun) ${long} ;;\nesac\n`);
  chmodSync(npm, 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { stdout, status } = spawnSync(join(workspace, '.ci', 'run'), {
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return [stdout.trimEnd().split('\n').at(-1), status];
}
