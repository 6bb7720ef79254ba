import { randomUUID } from 'node:crypto';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { closeComfyUIApps, comfyUIApp, ended, someJob, unhurried } from '../../testing/comfyui-app';
import { pollUntil } from '../../testing/poll-until';
import { refused } from '../../testing/refused';
import { type ResourceTracker, trackResources } from '../../testing/track-resources';

let resources: ResourceTracker;
const open: ComfyUi[] = [];

beforeEach(() => {
  resources = trackResources('feature-image/src/lib/comfyui');
});
afterEach(async () => {
  resources.stop();
  await closeComfyUIApps();
  await Promise.all(open.splice(0).map((comfy) => comfy.stop()));
});

async function comfyUi(): Promise<ComfyUi> {
  const comfy = await startComfyUi({ paintMs: 20 });
  open.push(comfy);
  return comfy;
}

it('leaves no timer and no connection when it is closed in the middle of everything', async () => {
  const [ready, silent, gone] = [await comfyUi(), await comfyUi(), await comfyUi()];
  await silent.faults.on('silent');
  await gone.faults.on('refuse');
  const { runner, close } = await comfyUIApp({ urls: [ready.url, silent.url, gone.url] });
  await pollUntil(() => ready.openSockets === 1);

  const painted = someJob();
  await ready.faults.on('huge-output', { bytes: 20 * 2 ** 20, times: 1 });
  await runner.submit(ready.url, painted, unhurried);
  const state = await ended(runner, ready.url, painted.promptId);
  if (state.status !== 'done') throw new Error(state.status);
  const stream = await runner.fetch(ready.url, state.outputs[0], unhurried);
  const streamError = new Promise((resolve) => stream.on('error', resolve));

  await ready.faults.on('never-ends', { deaf: true });
  const job = someJob();
  await runner.submit(ready.url, job, unhurried);
  runner.onProgress(job.promptId, () => undefined);
  const calls = [
    refused(runner.cancel(ready.url, job.promptId, unhurried), 'SERVER_AWAY'),
    refused(runner.lookUp(ready.url, randomUUID(), unhurried), 'SERVER_AWAY'),
    refused(runner.lookUp(silent.url, randomUUID(), unhurried), 'SERVER_AWAY'),
    refused(runner.submit(silent.url, someJob(), unhurried), 'SERVER_AWAY'),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  expect(resources.alive.length).toBeGreaterThan(5);

  await close();
  expect((await Promise.all(calls)).map(({ reason }) => reason)).toEqual(Array(4).fill('closing'));
  expect(await streamError).toMatchObject({ code: 'SERVER_AWAY', reason: 'closing' });
  await pollUntil(() => resources.alive.length === 0);
});

it('leaves none after calls that were answered', async () => {
  const comfy = await comfyUi();
  const { runner, close } = await comfyUIApp({ urls: [comfy.url], probeIntervalMs: 600_000 });
  await pollUntil(() => runner.servers()[0]?.state === 'ready');
  const job = someJob();
  await runner.submit(comfy.url, job, unhurried);
  await ended(runner, comfy.url, job.promptId);
  await runner.cancel(comfy.url, randomUUID(), unhurried);
  await close();
  await pollUntil(() => resources.alive.length === 0);
  await refused(runner.lookUp(comfy.url, job.promptId, unhurried), 'SERVER_AWAY');
  await pollUntil(() => resources.alive.length === 0);
});
