import { randomUUID } from 'node:crypto';
import { type ComfyUi, startComfyUi } from './lib/start-comfyui';
import { Client } from './testing/client';

/** What the real server does and no recorded scenario here shows. */
let comfy: ComfyUi;
let client: Client;

beforeEach(async () => {
  comfy = await startComfyUi({ paintMs: 4 });
  client = new Client(comfy.url);
});
afterEach(() => comfy.stop());

/** Keeps the server busy until the fault is off. */
async function block(): Promise<string> {
  await comfy.faults.on('never-ends', { times: 1 });
  const promptId = await client.submit({ text: 'blocks' });
  await client.running(promptId);
  return promptId;
}

it('the same id is taken twice, and runs twice; the second run overwrites the history', async () => {
  const promptId = randomUUID();
  await block();
  await client.submit({ promptId, prefix: 'one' });
  await client.submit({ promptId, prefix: 'two' });
  await comfy.faults.off('never-ends');
  await client.finished(promptId);
  while ((await client.queue()).running.length > 0);
  expect(comfy.ledger.runs(promptId)).toBe(2);
  expect(comfy.ledger.paintedTwice).toEqual([promptId]);
  expect((await client.history(promptId))?.outputs['7']?.images[0]?.filename).toBe('two_00001_.png');
});

it('while an id runs again, its first result is what /api/jobs tells', async () => {
  const promptId = await client.submit();
  await client.finished(promptId);
  await comfy.faults.on('never-ends', { times: 1 });
  await client.submit({ promptId, text: 'again' });
  await client.running(promptId);
  const job = (await (await client.get(`/api/jobs/${promptId}`)).json()) as { status: string };
  expect(job.status).toBe('completed');
});

it('the same id and number, both waiting: 500, and yet it is queued and runs', async () => {
  const promptId = randomUUID();
  await block();
  expect((await client.send({ promptId, number: 5, prefix: 'one' })).status).toBe(200);
  const second = await client.send({ promptId, number: 5, prefix: 'two' });
  expect([second.status, second.headers.get('content-type')]).toEqual([500, 'text/plain; charset=utf-8']);
  expect((await client.queue()).pending).toEqual([promptId, promptId]);
  await comfy.faults.off('never-ends');
  while (comfy.ledger.painted.filter((painting) => painting.promptId === promptId).length < 2) {
    await client.queue();
  }
});

it('whoever hears of the end finds it in the history', async () => {
  const clientId = randomUUID();
  const listener = await client.listen(clientId);
  for (let n = 0; n < 20; n++) {
    const promptId = await client.submit({ clientId, seed: n, width: 16, height: 16, steps: 1 });
    await listener.heard('execution_success', ({ prompt_id }) => prompt_id === promptId);
    expect(await client.history(promptId)).toBeDefined();
  }
  listener.socket.close();
});

it('the first prompt of a server is number 0, in front or not', async () => {
  const response = await client.post('/prompt', '{"prompt": {}, "front": true}');
  expect(response.status).toBe(400);
  await client.submit({});
  await comfy.restart();
  const first = await client.post(
    '/prompt',
    '{"front": true, "prompt": {"1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}}, "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}}',
  );
  expect(await first.text()).toContain('"number": 0,');
});

it('after a restart it knows nothing, counts from 0, and has its files', async () => {
  const promptId = await client.submit();
  const { outputs } = await client.finished(promptId);
  const running = await block();
  const listener = await client.listen('me');
  await comfy.restart();
  expect(await listener.closed).toBe(1006);
  expect(await client.history(promptId)).toBeUndefined();
  expect(await client.queue()).toEqual({ running: [], pending: [] });
  expect((await client.view(outputs['7']?.images[0] as never)).status).toBe(200);
  expect(comfy.ledger.forgotten).toEqual([promptId, running]);

  // Nothing is cached either: it is painted again.
  await comfy.faults.clear();
  await client.finished(await client.submit({ promptId }));
  expect(comfy.ledger.paintedTwice).toEqual([promptId]);
});

it('what is cancelled while it waits is not forgotten, and what is dead does not paint', async () => {
  await block();
  const waiting = await client.submit({ text: 'waits' });
  const cancelled = await client.submit({ text: 'cancelled' });
  await client.post(`/api/jobs/${cancelled}/cancel`, '');
  await comfy.kill();
  await expect(client.get('/queue')).rejects.toThrow('ECONNREFUSED');
  await comfy.faults.clear();
  await comfy.restart();
  expect(comfy.ledger.forgotten).toContain(waiting);
  expect(comfy.ledger.forgotten).not.toContain(cancelled);
  expect(comfy.ledger.painted).toEqual([]);
});
