// What `npx nx run api:demo` promises to who has, or has not, run `npm start`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { run } from './process/process-group.mjs';
import { workspace } from './setup/workspace.mjs';
import { Started } from './testing/started.mjs';

const skip = process.platform === 'linux' ? false : 'processes are counted through /proc';
let started;
afterEach(() => started?.end());

function demo(port) {
  return run(process.execPath, [join(workspace, 'tools', 'dev', 'demo.mjs')], {
    cwd: workspace,
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port) },
    capture: true,
    within: 240_000,
  });
}

/** Listens on a port of its own as long as `work` runs. */
async function listening(server, work) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(server.address().port);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}

test(
  'fills a gallery of the API that npm start serves, and says how to see it',
  { skip, timeout: 600_000 },
  async () => {
    started = await Started.begin();
    await started.says('Sluice is ready: ');
    const { code, output } = await demo(started.port);
    assert.equal(code, 0, output);
    const url = `http://127.0.0.1:${started.port}`;
    assert.ok(output.includes(`${url}/gallery`), output);
    assert.match(output, /12 of 12 images/);
    const [, email, password] = /Sign in as (\S+) with the password (\S+)/.exec(output) ?? [];

    const ask = async (path, options) => (await fetch(url + path, options)).json();
    const { accessToken } = await ask('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const headers = { authorization: `Bearer ${accessToken}` };
    const { data } = await ask('/api/gallery?status=completed&limit=100', { headers });
    assert.equal(data.length, 12);
    const picture = await fetch(url + data[0].links.file);
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png']);
  },
);

test('without an API it fails, and says what to do', { timeout: 60_000 }, async () => {
  const port = await listening(createServer(), async (free) => free);
  const { code, output } = await demo(port);
  assert.equal(code, 1);
  assert.equal(
    output.trim(),
    `[sluice] The API cannot be reached at http://127.0.0.1:${port} (ECONNREFUSED). Run \`npm start\` in another terminal first; if it listens elsewhere, give the demo the same PORT and HOST.`,
  );
});

const another = (answer) =>
  createHttpServer((request, response) => request.resume().on('end', () => answer(response)));
describe('where something else answers', { concurrency: true }, () => {
  for (const [what, server, message] of [
    ['a page', another((response) => response.end('<h1>Hello</h1>')), /is not Sluice/],
    ['JSON of its own', another((response) => response.end('{"hello":"world"}')), /is not Sluice/],
    ['no JSON at all', another((response) => response.end('null')), /is not Sluice/],
    ['404', another((response) => response.writeHead(404).end('Cannot POST')), /is not Sluice/],
    ['half an answer', another((response) => response.writeHead(200).write('{')), /cannot be reached/],
    ['no HTTP', createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')), /cannot be reached/],
    ['nothing, and hangs up', createServer((socket) => socket.destroy()), /cannot be reached/],
  ]) {
    test(`with ${what}, it fails in one line`, { timeout: 60_000 }, async () => {
      const { code, output } = await listening(server, demo);
      assert.equal(code, 1);
      assert.match(output, message);
      assert.equal(output.trim().split('\n').length, 1, output);
      assert.ok(output.includes('npm start'));
    });
  }
});
