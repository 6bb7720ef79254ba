import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { type ImagesApp, serveImages } from '../../../testing/serve-images';
import { filesIn } from '../../../testing/stored-files';

/** From the request to the file, over HTTP: what a server can do to us with what it gives back. */
let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let app: ImagesApp;
let ada: string;
let folder: string;
const images = () => join(folder, 'images');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-images-'));
  [redis, database, comfy] = await Promise.all([
    provideRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 10 }),
  ]);
  app = await serveImages(
    {
      redisUrl: redis.url,
      databaseUrl: database.url,
      keyPrefix: `test-${randomUUID()}:`,
      directory: images(),
      comfyUiUrls: [comfy.url],
    },
    { worker: { attempts: 2 } },
  );
  ada = await app.createUser();
});

afterEach(() => comfy.faults.clear());

afterAll(async () => {
  await app?.close();
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  ['../../../../escaped.png', '../..'],
  ['/tmp/escaped.png', '/'],
  ['..\\..\\escaped.png', '..\\..'],
  ['escaped\0.png', ''],
])('a name that wants out, %j in %j, is only ever a question to the server', async (filename, subfolder) => {
  await comfy.faults.on('file-name', { filename, subfolder, times: 1 });
  const { id } = await app.ask(ada);
  const { links } = await app.reaches(ada, id, 'completed');
  const file = await app.call('GET', links.file ?? '');
  expect(file.bytes.subarray(1, 4).toString()).toBe('PNG');
  expect(file.headers.get('content-disposition')).toBe(`inline; filename="${id}.png"`);
  expect(readdirSync(folder)).toEqual(['images']);
  for (const path of filesIn(images())) expect(path).toMatch(/^\w\w\/[0-9a-f]{64}\.(png|webp)$/);
});

it('a node that fails is tried again, then the image fails, and says nothing of the server', async () => {
  await comfy.faults.on('node-raises', { message: '/srv/secret/path: prompt was …' });
  const runs = () => comfy.ledger.entries.filter(({ what }) => what === 'run').length;
  const before = runs();
  const { error } = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
  expect(error).toEqual({ code: 'NODE_FAILED', message: 'The image server failed while painting.' });
  expect(runs()).toBe(before + 2);
});

it('200 MB that say so fail without being fetched or painted again', async () => {
  await comfy.faults.on('huge-output', { bytes: 200 * 2 ** 20 });
  const before = comfy.ledger.painted.length;
  const { error } = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
  expect(error).toEqual({ code: 'OUTPUT_TOO_LARGE', message: 'The picture became too large.' });
  expect(comfy.ledger.painted.length).toBe(before + 1);
});

it('200 MB that begin like a PNG of another size are refused at its head, and nothing is kept', async () => {
  const kept = filesIn(images());
  await comfy.faults.on('huge-output', { bytes: 200 * 2 ** 20, unannounced: true });
  const { error } = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
  expect(error?.code).toBe('OUTPUT_MISSING');
  expect(filesIn(images())).toEqual(kept);
});

it('answers that are no JSON, a bare NaN in each, are understood', async () => {
  await comfy.faults.on('nan', {});
  await app.reaches(ada, (await app.ask(ada)).id, 'completed');
});

it.each([
  'émoji 👩‍🚀🏳️‍🌈 🇩🇪, 漢字, العربية עברית, ไทย, देवनागरी, e\u0301',
  'out of line \u202e reversed \u202c \u200b\u200d\ufeff \u{e0001}\u{10ffff}',
  '"quotes" \\ {braces} %placeholders% <script> ${x} \'; drop table images; --',
  'line\nends\r\n\u2028\u2029 tab\t bell\u0007 \u001b[31m',
])('the prompt %j is stored, painted and answered, with a seed of 2^64 − 1', async (prompt) => {
  const words = `${prompt} ${randomUUID()}`;
  const seed = '18446744073709551615';
  const asked = await app.ask(ada, { prompt: words, negativePrompt: prompt, seed });
  const seen = await app.reaches(ada, asked.id, 'completed');
  expect([asked.prompt, seen.prompt, asked.seed, seen.seed]).toEqual([words, words, seed, seed]);
  const history = await (await fetch(`${comfy.url}/history`)).text();
  expect(history).toContain(`"seed": ${seed}`);
  expect(JSON.stringify(JSON.parse(history))).toContain(JSON.stringify(words));
});

it.each(['\0', 'half \ud83d'])(
  'what no database or server can hold, %j, is 400 with the field named',
  async (prompt) => {
    const { status, body } = await app.call('POST', '', {
      userId: ada,
      body: { prompt, width: 64, height: 64 },
    });
    expect([status, body['errors']]).toEqual([400, [expect.objectContaining({ path: 'prompt' })]]);
  },
);
