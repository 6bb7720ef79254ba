import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type ComfyUi, startComfyUi } from './lib/start-comfyui';
import { Client } from './testing/client';

let comfy: ComfyUi;
let client: Client;

beforeAll(async () => {
  comfy = await startComfyUi({ paintMs: 1 });
  client = new Client(comfy.url);
});
afterEach(() => comfy.faults.clear());
afterAll(() => comfy.stop());

it('slow: the prompt is taken at once, the answer is late', async () => {
  await comfy.faults.on('slow', { ms: 150, on: 'POST /prompt' });
  const before = performance.now();
  const promptId = await client.submit();
  expect(performance.now() - before).toBeGreaterThan(140);
  await client.finished(promptId);
});

it('silent: no answer, and nothing is done', async () => {
  await comfy.faults.on('silent', { on: 'POST /prompt', times: 1 });
  const body = client.post('/prompt', '{}');
  const answered = await Promise.race([body.then(() => 'answered'), timer(200)]);
  expect(answered).toBe('nothing yet');
  body.catch(() => undefined);
  // The next one is none of it.
  const promptId = await client.submit({ text: 'heard' });
  await client.finished(promptId);
  expect(comfy.ledger.entries.filter(({ what }) => what === 'accepted').at(-1)?.promptId).toBe(promptId);
  expect(comfy.ledger.entries.filter(({ what }) => what === 'accepted')).toHaveLength(2);
});

it('refuse: nobody listens, until somebody does again', async () => {
  const listener = await client.listen('me');
  const promptId = await client.submit();
  await comfy.faults.on('refuse');
  expect(await listener.closed).toBe(1006);
  await expect(client.get('/queue')).rejects.toThrow('ECONNREFUSED');
  await comfy.faults.off('refuse');
  // It was deaf, and not dead.
  await client.finished(promptId);
});

it('error-500: plain text, nothing done; or done all the same', async () => {
  await comfy.faults.on('error-500', { on: 'POST /prompt', times: 1 });
  const response = await client.send({ promptId: '00000000-0000-0000-0000-000000000001' });
  expect([response.status, response.headers.get('content-type')]).toEqual([500, 'text/plain; charset=utf-8']);
  expect(comfy.ledger.entries.some(({ promptId }) => promptId.endsWith('1'.padStart(12, '0')))).toBe(false);

  await comfy.faults.on('error-500', { on: 'POST /prompt', times: 1, done: true });
  const promptId = '00000000-0000-0000-0000-000000000002';
  expect((await client.send({ promptId })).status).toBe(500);
  await client.finished(promptId);
});

it("html: a proxy's page", async () => {
  await comfy.faults.on('html', { status: 502 });
  const response = await client.get('/system_stats');
  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html']);
});

it.each(['/system_stats', '/models/checkpoints', '/models/loras', '/history/unknown'])(
  'nan: %s says JSON, and it is none',
  async (path) => {
    await comfy.faults.on('nan', { on: `GET ${path}` });
    const response = await client.get(path);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const text = await response.text();
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(() => JSON.parse(text.replace('NaN', '0')) as unknown).not.toThrow();
  },
);

it('lost-reply: the connection is cut, and the prompt runs', async () => {
  await comfy.faults.on('lost-reply', { times: 1 });
  const promptId = '00000000-0000-0000-0000-000000000003';
  await expect(client.send({ promptId })).rejects.toThrow('socket hang up');
  await client.finished(promptId);
  expect(comfy.ledger.runs(promptId)).toBe(1);
});

it('auth-required: 401 for requests and sockets without the header', async () => {
  await comfy.faults.on('auth-required', { header: 'Authorization', value: 'Bearer t' });
  expect((await client.get('/queue')).status).toBe(401);
  const socket = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws`);
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toContain('401');

  const known = new Client(comfy.url, { authorization: 'Bearer t' });
  expect((await known.get('/queue')).status).toBe(200);
  (await known.listen('known')).socket.close();
});

it('missing-model: the prompt is refused, and the list of checkpoints is empty', async () => {
  await comfy.faults.on('missing-model');
  const response = await client.send({});
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('"type": "value_not_in_list"');
  expect(await (await client.get('/models/checkpoints')).json()).toEqual([]);
});

it('a fault is for its route alone, under /api too', async () => {
  await comfy.faults.on('error-500', { on: 'GET /history' });
  const statuses = ['/history', '/api/history/x', '/queue', '/api/queue'].map(
    async (path) => (await client.get(path)).status,
  );
  expect(await Promise.all(statuses)).toEqual([500, 500, 200, 200]);
});

function timer(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('nothing yet'), milliseconds));
}
