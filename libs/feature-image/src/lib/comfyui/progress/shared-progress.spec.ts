import { randomUUID } from 'node:crypto';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { type RedisProcess, startRedis } from '@sluice/testing-servers';
import {
  closeComfyUIApps,
  comfyUIApp,
  type ComfyUIApp,
  ended,
  someJob,
  unhurried,
} from '../../../testing/comfyui-app';
import { pollUntil } from '../../../testing/poll-until';

let comfy: ComfyUi;
let redis: RedisProcess;
let apps: [ComfyUIApp, ComfyUIApp];
let keyPrefix: string;

beforeAll(async () => {
  [comfy, redis] = await Promise.all([startComfyUi({ paintMs: 600 }), startRedis()]);
});
beforeEach(async () => {
  keyPrefix = `test-${randomUUID()}:`;
  const options = { urls: [comfy.url], redis: { url: redis.url, keyPrefix } };
  apps = [await comfyUIApp(options), await comfyUIApp(options)];
  await pollUntil(() => apps.every(({ runner }) => runner.servers()[0]?.state === 'ready'));
  await pollUntil(() => comfy.openSockets === 2);
});
afterEach(async () => {
  redis.thaw();
  await closeComfyUIApps();
  if (!redis.running) await redis.restart();
});
afterAll(async () => {
  await comfy?.stop();
  await redis?.stop();
});

it('tells other processes of progress, at most four times a second', async () => {
  const [{ runner: sender }, { runner: other }] = apps;
  const job = someJob();
  const heard: { here: number[]; there: number[] } = { here: [], there: [] };
  sender.onProgress(job.promptId, (progress) => heard.here.push(progress));
  other.onProgress(job.promptId, (progress) => heard.there.push(progress));
  const startedAt = performance.now();
  await sender.submit(comfy.url, job, unhurried);
  await ended(sender, comfy.url, job.promptId);
  await pollUntil(() => heard.there.at(-1) === heard.here.at(-1));
  const quarters = (performance.now() - startedAt) / 250;

  expect(heard.there.length).toBeGreaterThan(1);
  expect(heard.there.length).toBeLessThanOrEqual(Math.ceil(quarters) + 1);
  expect(heard.there).toEqual([...heard.there].sort((a, b) => a - b));
});

it.each(['not json', '{}', '{"promptId":"x","progress":0.5}', '{"promptId":"ID","progress":7}'])(
  'hears nothing of what is no such message: %s',
  async (text) => {
    const [{ runner }] = apps;
    const job = someJob();
    const heard: number[] = [];
    runner.onProgress(job.promptId, (progress) => heard.push(progress));
    const say = (message: string) => redis.cli('PUBLISH', `${keyPrefix}ch:comfyui-progress`, message);
    await say(text.replace('ID', job.promptId));
    await say(JSON.stringify({ promptId: job.promptId, progress: 0.25 }));
    await pollUntil(() => heard.length > 0);
    expect(heard).toEqual([0.25]);
  },
);

it.each([
  ['killed', () => redis.kill()],
  ['frozen', () => redis.freeze()],
] as const)(
  'waits for no Redis that is %s, and does without: progress stays in the process',
  async (_, lose) => {
    const patient = { url: redis.url, keyPrefix, commandTimeoutMs: 20_000, socketTimeoutMs: 20_000 };
    const { runner } = await comfyUIApp({ urls: [comfy.url], redis: patient });
    await pollUntil(() => comfy.openSockets === 3);
    await lose();
    const job = someJob();
    const heard: number[] = [];
    runner.onProgress(job.promptId, (progress) => heard.push(progress));
    const startedAt = performance.now();
    await runner.submit(comfy.url, job, unhurried);
    expect(await ended(runner, comfy.url, job.promptId)).toMatchObject({ status: 'done' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(heard.length).toBeGreaterThan(10);
  },
);
