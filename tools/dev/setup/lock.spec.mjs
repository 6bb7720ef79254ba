import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
after(() => rmSync(folder, { recursive: true }));

/** A process that notes when it enters and when it leaves what the lock protects. */
function contender(file, log) {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(new URL('lock.mjs', import.meta.url).href)};
    await withLock(${JSON.stringify(file)}, async () => {
      appendFileSync(${JSON.stringify(log)}, 'enter ');
      await new Promise((resolve) => setTimeout(resolve, 200));
      appendFileSync(${JSON.stringify(log)}, 'leave ');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.once('exit', resolve));
}

test('one after the other, also when all find the lock of a dead one', async () => {
  const file = join(folder, 'setup.lock');
  const log = join(folder, 'log');
  writeFileSync(file, 'of-a-process-that-was-killed');
  utimesSync(file, new Date(0), new Date(0));

  const codes = await Promise.all(Array.from({ length: 4 }, () => contender(file, log)));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(readFileSync(log, 'utf8'), 'enter leave '.repeat(4));
});
