import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { createAuthority } from '@sluice/testing-servers';
import type { Painted } from '../../testing/tls-main';

const testing = join(__dirname, '../../testing');
const authority = createAuthority();
const folder = mkdtempSync(join(tmpdir(), 'trust-'));
const trusted = join(folder, 'authority.pem');

let comfy: ComfyUi;
let proxy: Server;

beforeAll(async () => {
  comfy = await startComfyUi({ paintMs: 500 });
  writeFileSync(trusted, authority.certificate);
  const { certificate: cert, key } = authority.issue();
  proxy = createServer({ key, cert }, (client) => {
    const server = connect(comfy.port, '127.0.0.1');
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  proxy.on('tlsClientError', () => undefined);
  await once(proxy, 'listening');
});
afterAll(async () => {
  await comfy?.stop();
  proxy?.close();
  rmSync(folder, { recursive: true });
});

/** What came of painting on the server behind TLS, in a process that trusts so. */
async function paint(trust: Record<string, string>): Promise<Painted> {
  const { port } = proxy.address() as AddressInfo;
  const args = ['--conditions=@sluice/source', '--require=@sluice/testing-servers/register'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...args, join(testing, 'tls-main.ts'), `https://localhost:${port}`],
    { env: { ...process.env, ...trust }, timeout: 19_000 },
  );
  return JSON.parse(stdout) as Painted;
}

it('paints over TLS, the WebSocket too', async () => {
  const { status, progress } = await paint({ NODE_EXTRA_CA_CERTS: trusted });
  expect(status).toBe('done');
  expect(progress).toBeGreaterThan(0);
});

it('speaks to nobody whose certificate is not trusted', async () => {
  expect(await paint({})).toEqual({ problem: 'SERVER_AWAY, UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
});
