import { connect, type Socket } from 'node:net';
import { until } from '@sluice/testing-servers';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

let servers: Servers;

beforeAll(async () => {
  servers = await provideServers();
});
afterAll(() => servers?.stop());

const BODY = JSON.stringify({ email: 'late@example.com', password: 'correct horse battery' });

/** A request whose body is still on its way, on a connection that wants to stay open. */
async function openRequest({ url }: ServedApi): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const head = ['POST /api/auth/register HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
  socket.write([...head, `Content-Length: ${BODY.length}`, '', BODY.slice(0, 10)].join('\r\n'));
  const answer = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
  });
  return { socket, answer };
}

it('says "not ready" first, finishes running requests, and does not wait for idle connections', async () => {
  const api = await serveApi(servers, { settings: { shutdownDelayMs: 500 } });
  await api.call('GET', '/health/live');
  const { socket, answer } = await openRequest(api);
  const started = performance.now();
  const closed = api.app.close();
  await until(
    'it says that it shuts down',
    async () => (await api.call('GET', '/health/ready')).body['status'] === 'shutting_down',
  );
  const notReady = await api.call('GET', '/health/ready');
  // Whoever keeps connections lets go of them before they are closed.
  expect([notReady.status, notReady.headers.get('connection')]).toEqual([503, 'close']);
  expect((await api.call('GET', '/health/live')).status).toBe(200);
  // The listener closes; what runs still has Redis and the database.
  const refused = () =>
    api.call('GET', '/health/live').then(
      () => false,
      () => true,
    );
  await until('it is refused', refused);
  socket.write(BODY.slice(10));
  expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
  await closed;
  expect(performance.now() - started).toBeLessThan(4_000);
});
