import { randomUUID } from 'node:crypto';
import { type ComfyUi, startComfyUi } from './lib/start-comfyui';
import { Client } from './testing/client';

let comfy: ComfyUi;
let client: Client;

beforeAll(async () => {
  comfy = await startComfyUi({ paintMs: 4 });
  client = new Client(comfy.url);
});
afterEach(() => comfy.faults.clear());
afterAll(() => comfy.stop());

/** Different words each time: nothing of it is in the cache. */
const fresh = () => ({ text: randomUUID(), prefix: randomUUID() });

it('node-raises: the job fails, and the next one does not', async () => {
  await comfy.faults.on('node-raises', {
    node: 'CLIPTextEncode',
    type: 'ValueError',
    message: 'no',
    times: 1,
  });
  const text = randomUUID();
  const failed = await client.finished(await client.submit({ ...fresh(), text }));
  expect(failed.status).toMatchObject({ status_str: 'error', completed: false });
  const [event, data] = failed.status.messages.at(-1) ?? [];
  expect([event, data]).toMatchObject([
    'execution_error',
    { node_type: 'CLIPTextEncode', exception_type: 'ValueError', exception_message: 'no\n' },
  ]);
  // The user's own words are in it.
  expect(JSON.stringify(data)).toContain(text);
  expect((await client.finished(await client.submit(fresh()))).status.completed).toBe(true);
});

it('out-of-memory', async () => {
  await comfy.faults.on('out-of-memory', { times: 1 });
  const { status } = await client.finished(await client.submit(fresh()));
  expect(status.messages.at(-1)).toMatchObject([
    'execution_error',
    { node_type: 'KSampler', exception_type: 'torch.OutOfMemoryError' },
  ]);
});

it('never-ends: runs until it is interrupted, or the fault is off', async () => {
  await comfy.faults.on('never-ends', { times: 1 });
  const promptId = await client.submit(fresh());
  await client.running(promptId);
  await client.post('/interrupt', JSON.stringify({ prompt_id: promptId }));
  const { status } = await client.finished(promptId);
  expect(status.messages.at(-1)?.[0]).toBe('execution_interrupted');

  await comfy.faults.on('never-ends', { deaf: true });
  const clientId = randomUUID();
  const listener = await client.listen(clientId);
  const deaf = await client.submit({ ...fresh(), clientId });
  await listener.heard('progress');
  await client.post('/interrupt', '');
  await comfy.faults.on('never-ends');
  // Now it goes on, and hears at its next step what it was asked.
  expect((await client.finished(deaf)).status.messages.at(-1)?.[0]).toBe('execution_interrupted');
  listener.socket.close();
});

it('late-history: the end is told before anybody can look it up', async () => {
  await comfy.faults.on('late-history', { ms: 150 });
  const clientId = randomUUID();
  const listener = await client.listen(clientId);
  const promptId = await client.submit({ ...fresh(), clientId });
  await listener.heard('execution_success');
  expect(await client.history(promptId)).toBeUndefined();
  expect((await client.queue()).running).toEqual([promptId]);
  await client.finished(promptId);
  listener.socket.close();
});

it('not-a-png: the file is none', async () => {
  await comfy.faults.on('not-a-png', { times: 1 });
  const [bytes] = await client.paint(fresh());
  expect(bytes?.toString()).toContain('This is no picture');
  const [next] = await client.paint(fresh());
  expect(next?.subarray(1, 4).toString()).toBe('PNG');
});

it.each([
  ['with its length', {}, '50000000'],
  ['without', { unannounced: true }, null],
])('huge-output: %s', async (_, how, length) => {
  await comfy.faults.on('huge-output', { bytes: 50_000_000, times: 1, ...how });
  const { outputs } = await client.finished(await client.submit(fresh()));
  const response = await client.view(outputs['7']?.images[0] as never);
  expect(response.headers.get('content-length')).toBe(length);
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    if (bytes === 0) expect(Buffer.from(chunk.subarray(1, 4)).toString()).toBe('PNG');
    bytes += chunk.length;
  }
  expect(bytes).toBe(50_000_000);
});

it('huge-output: a reader may leave', async () => {
  await comfy.faults.on('huge-output', { times: 1 });
  const { outputs } = await client.finished(await client.submit(fresh()));
  const response = await client.view(outputs['7']?.images[0] as never);
  expect(response.headers.get('content-length')).toBe('200000000');
  await response.body?.cancel();
  expect((await client.get('/queue')).status).toBe(200);
});

it.each([
  '../../evil.png',
  '/etc/passwd',
  'a\0b.png',
  '..\\x.png',
  'C:\\x.png',
  '漢字 👩‍🚀.png',
  'a"b\r\nx: y.png',
  '',
])('file-name: %j is told, and served', async (filename) => {
  await comfy.faults.on('file-name', { filename, subfolder: '../..', times: 1 });
  const { outputs } = await client.finished(await client.submit(fresh()));
  const image = outputs['7']?.images[0];
  expect(image).toEqual({ filename, subfolder: '../..', type: 'output' });
  const bytes = Buffer.from(await (await client.view(image as never)).arrayBuffer());
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
});
