import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { debianRedis, fetchDebianRedis } from './debian-redis.mjs';
import { workspace } from './workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'sluice-set-up-'));
after(() => rmSync(folder, { recursive: true }));

test('two set-ups at once both succeed', async () => {
  const setUp = () => {
    const child = spawn(process.execPath, [join(workspace, 'tools/dev/setup.mjs')], { stdio: 'ignore' });
    return new Promise((resolve) => child.once('exit', resolve));
  };
  assert.deepEqual(await Promise.all([setUp(), setUp()]), [0, 0]);
});

test(
  'a download that broke off does not count, neither at once nor later',
  { skip: process.platform !== 'linux' },
  async () => {
    const programs = join(folder, 'bin');
    mkdirSync(programs);
    // The outside as it is on a bad day: the package lists arrive, then half a package, then the connection breaks.
    const aptGet = '#!/bin/sh\ncase "$*" in *download*) echo half > redis-tools.deb; exit 100;; esac\n';
    for (const [name, text] of [
      ['apt-get', aptGet],
      ['dpkg', '#!/bin/sh\n'],
    ]) {
      writeFileSync(join(programs, name), text);
      chmodSync(join(programs, name), 0o755);
    }
    const before = process.env.PATH;
    process.env.PATH = `${programs}:${before}`;
    const redis = join(folder, 'redis');
    assert.equal(await fetchDebianRedis(redis), false);
    process.env.PATH = before;
    assert.equal(existsSync(redis), false);
    assert.equal(debianRedis(redis), undefined);
  },
);
