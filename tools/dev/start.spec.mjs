// What `npm start` promises about its processes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, test } from 'node:test';
import { Started } from './testing/started.mjs';

const skip = process.platform === 'linux' ? false : 'processes are counted through /proc';
const options = { skip, timeout: 300_000 };
let started;
afterEach(() => started?.end());

test(
  'serves, says once where to go, and leaves nothing ten seconds after npm alone got SIGTERM',
  options,
  async () => {
    started = await Started.begin();
    await started.says('Sluice is ready: ');
    const answer = await fetch(`http://127.0.0.1:${started.port}/health/live`);
    assert.equal(answer.status, 200);
    for (const name of ['redis-server', 'postgres', 'main.js', 'nx']) {
      assert.ok(
        started.watch.commands.some((command) => command.includes(name)),
        `${name} was to be seen`,
      );
    }

    started.npm.kill('SIGTERM');
    assert.deepEqual(await started.watch.left(10_000), []);
    assert.equal(started.output.split('Sluice is ready').length - 1, 1);
  },
);

test('leaves nothing ten seconds after npm was killed without a word', options, async () => {
  started = await Started.begin();
  await started.says('Sluice is ready: ');
  started.npm.kill('SIGKILL');
  assert.deepEqual(await started.watch.left(10_000), []);
});

test('leaves nothing when Ctrl-C comes while it is still building', options, async () => {
  started = await Started.begin();
  await started.says('nx serve api');
  process.kill(-started.npm.pid, 'SIGINT');
  assert.deepEqual(await started.watch.left(10_000), []);
});

test('says what to do when the port is taken, before it builds anything', options, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    const { port } = other.address();
    started = await Started.begin({ port });
    const [code] = await started.exited;
    assert.notEqual(code, 0);
    assert.match(started.output, new RegExp(`Port ${port} is taken.*PORT=`));
    assert.deepEqual(await started.watch.left(1_000), []);
  } finally {
    other.close();
  }
});
