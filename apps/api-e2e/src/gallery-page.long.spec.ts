import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser, openBrowser, type OpenedBrowser, type Page } from '@sluice/testing-browser';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis, until } from '@sluice/testing-servers';
import type { ImageView } from '@sluice/util-images';
import { type Account, call, createCharacter, register } from './support/api-client';
import { serveApi, type ServedApi } from './support/served-api';

const installation = findBrowser();
// The set-up has said that there is none, and how to get one.
const inBrowser = installation ? describe : describe.skip;

/** A look at the gallery comes every 5 s. */
const WITHIN = { timeout: 20_000 };

inBrowser('the gallery of the served API, in a real browser', () => {
  let redis: Awaited<ReturnType<typeof provideRedis>>;
  let database: Awaited<ReturnType<typeof provideDatabase>>;
  let comfy: ComfyUi;
  let folder: string;
  let api: ServedApi;
  let browser: OpenedBrowser;
  let page: Page;
  let account: Account;
  const wrongs: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
    [redis, database, comfy] = await Promise.all([
      provideRedis(),
      provideDatabase(),
      startComfyUi({ paintMs: 1_500 }),
    ]);
    api = await serveApi({
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
      REDIS_KEY_PREFIX: `e2e-page-${process.pid}-${Date.now()}`,
      COMFYUI_URLS: comfy.url,
      COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
      IMAGES_DIR: folder,
    });
    account = await register(api.url);
    if (installation) browser = await openBrowser(installation);
    page = await browser.newPage({ width: 1_000, height: 800 });
    page.on('console', (message) => message.type() === 'error' && wrongs.push(message.text()));
    page.on('pageerror', ({ message }) => wrongs.push(message));
    page.on('request', (request) => requests.push(request.url()));
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await api?.stop();
    await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  async function ask(prompt: string): Promise<string> {
    const { accessToken: token } = account;
    const characterId = await createCharacter(api.url, token);
    const body = { characterId, prompt, width: 256, height: 256 };
    return (await call<ImageView>(api.url, 'POST', '/api/images', { token, body })).body.id;
  }

  /** Prompts of the pictures that are to be seen, as far as they are loaded. */
  const shown = () =>
    page.evaluate<string[]>(
      '[...document.querySelectorAll("#images img")].filter((img) => img.naturalWidth > 1).map((img) => img.alt)',
    );
  const thumbsAskedFor = () =>
    requests.filter((url) => url.includes('variant=thumb')).map((url) => url.split('?')[0]);

  it('signs in, shows what is there, fills while pictures come, and asks for each picture once', async () => {
    await ask('there before');
    await page.goto(`${api.url}/gallery`);
    await page.fill('#email', account.email);
    await page.fill('#password', account.password);
    await page.press('#password', 'Enter');
    await until('the first one', async () => (await shown()).includes('there before'), WITHIN.timeout);

    const late = ['a harbour', 'a library', 'a night train', 'an apple tree'];
    for (const prompt of late) await ask(prompt);
    const generating = page.locator('li[data-status=generating] progress');
    await generating.first().waitFor(WITHIN);
    await until(
      'progress is seen',
      () =>
        page.evaluate(
          '[...document.querySelectorAll("li[data-status=generating] progress")].some(({ value }) => value > 0 && value < 1)',
        ),
      WITHIN.timeout,
    );
    await until('all of them', async () => (await shown()).length === 5, 60_000);
    expect(await shown()).toEqual([...late.reverse(), 'there before']);

    // Two more looks of the page: what is shown stays as it is.
    const looks = () => requests.filter((url) => url.includes('/api/gallery')).length;
    const before = looks();
    await until('looked again', () => looks() >= before + 2, WITHIN.timeout);
    expect(new Set(thumbsAskedFor()).size).toBe(5);
    expect(thumbsAskedFor()).toHaveLength(5);
    expect(requests.filter((url) => /\/api\/images\/[^/]+$/.test(url))).toEqual([]);

    await page.locator('.like').first().click();
    await page.locator('.like[aria-pressed=true]').waitFor(WITHIN);
    const { accessToken: token } = account;
    const liked = await call<{ data: ImageView[] }>(api.url, 'GET', '/api/gallery?liked=true', { token });
    expect(liked.body.data.map(({ prompt }) => prompt)).toEqual(['an apple tree']);
    expect(wrongs).toEqual([]);
  }, 150_000);

  it('goes on where it was when the API was away', async () => {
    const cards = () => page.locator('#images > li').count();
    expect(await cards()).toBe(5);
    await page.context().setOffline(true);
    await page.getByText('The server cannot be reached.').waitFor(WITHIN);
    expect(await cards()).toBe(5);
    await ask('while it was away');
    await page.context().setOffline(false);
    await until('it is there', async () => (await shown()).includes('while it was away'), 30_000);
    expect(await page.locator('#trouble').isVisible()).toBe(false);
    expect(await cards()).toBe(6);
  }, 90_000);
});
