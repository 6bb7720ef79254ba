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

it('socket-deaf: open, and nothing comes', async () => {
  const clientId = randomUUID();
  const listener = await client.listen(clientId);
  await listener.heard('status');
  await comfy.faults.on('socket-deaf');
  await client.finished(await client.submit({ clientId }));
  await listener.caughtUp();
  expect(listener.types).toEqual(['status']);
  expect(listener.socket.readyState).toBe(listener.socket.OPEN);

  await comfy.faults.off('socket-deaf');
  await client.submit({ clientId, text: 'heard again' });
  await listener.heard('execution_success');
  listener.socket.close();
});

it('socket-closes: after so many frames, in the middle of a job', async () => {
  const clientId = randomUUID();
  const listener = await client.listen(clientId);
  await listener.heard('status');
  await comfy.faults.on('socket-closes', { afterFrames: 4 });
  const promptId = await client.submit({ clientId, text: 'cut off' });
  expect(await listener.closed).toBe(1006);
  expect(listener.types).toHaveLength(5);
  // The job does not mind.
  expect((await client.finished(promptId)).status.completed).toBe(true);
});

it('socket-without-end: the job is heard, and never its end', async () => {
  await comfy.faults.on('socket-without-end');
  const clientId = randomUUID();
  const listener = await client.listen(clientId);
  await client.finished(await client.submit({ clientId, text: 'endless' }));
  await listener.caughtUp();
  expect(listener.types).toContain('executed');
  expect(listener.types).not.toContain('execution_success');
  expect(listener.events).not.toContainEqual(
    expect.objectContaining({ data: expect.objectContaining({ node: null }) }),
  );
  listener.socket.close();
});
