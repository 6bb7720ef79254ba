import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis, until } from '@sluice/testing-servers';
import { call, createCharacter, register } from './support/api-client';
import { serveApi, type ServedApi } from './support/served-api';

interface Image {
  id: string;
  status: string;
  progress: number;
  links: { events: string; file?: string; thumb?: string };
}

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let folder: string;
let one: ServedApi;
let two: ServedApi;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  [redis, database, comfy] = await Promise.all([
    provideRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 1_000 }),
  ]);
  const env = {
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: `e2e-images-${process.pid}-${Date.now()}`,
    COMFYUI_URLS: comfy.url,
    COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
    IMAGES_DIR: folder,
  };
  [one, two] = await Promise.all([serveApi(env), serveApi(env)]);
});

afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

it('an image of a character is asked for at one process, watched at the other, and opened by its link', async () => {
  const { accessToken: token } = await register(one.url);
  const characterId = await createCharacter(one.url, token);
  const body = { characterId, prompt: 'at the sea', width: 256, height: 256, seed: '18446744073709551615' };
  const asked = await call<Image>(one.url, 'POST', '/api/images', { token, body });
  expect(asked).toMatchObject({ status: 202, body: { status: 'queued', seed: body.seed, characterId } });
  // To its end: the stream closes by itself.
  const events = await call<string>(two.url, 'GET', asked.body.links.events);
  expect(events.headers.get('content-type')).toContain('text/event-stream');
  expect(events.body).toMatch(/event: snapshot\n[^]*event: status\n[^]*"status":"completed"/);
  const seen = await call<Image>(two.url, 'GET', `/api/images/${asked.body.id}`, { token });
  expect(seen.body).toMatchObject({ status: 'completed', progress: 1 });
  const { file = '', thumb = '' } = seen.body.links;
  for (const [link, type] of [
    [file, 'image/png'],
    [thumb, 'image/webp'],
  ] as const) {
    const answer = await call(one.url, 'GET', link);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  }
  expect((await call(one.url, 'GET', file.replace(/s=./, 's=-'))).status).toBe(403);
});

it('an image whose process is told to end is finished by the other, an open stream notwithstanding', async () => {
  const { accessToken: token } = await register(one.url);
  await comfy.faults.on('never-ends', {});
  const body = { prompt: 'a mill', width: 64, height: 64 };
  const asked = await call<Image>(one.url, 'POST', '/api/images', { token, body });
  const see = (api: ServedApi) =>
    call<Image>(api.url, 'GET', `/api/images/${asked.body.id}`, { token }).then((answer) => answer.body);
  await until('it runs', async () => (await see(one)).status === 'generating', 10_000);
  const stream = await fetch(one.url + asked.body.links.events);
  const startedAt = Date.now();
  expect(await one.stop('SIGTERM')).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  await stream.text().catch(() => '');
  await comfy.faults.off('never-ends');
  await until('it is completed', async () => (await see(two)).status === 'completed');
  const prompts = comfy.ledger.painted.map(({ promptId }) => promptId);
  expect(new Set(prompts).size).toBe(prompts.length);
});
