import { randomUUID } from 'node:crypto';
import { ImageJobRepository } from '@sluice/data-access-database';
import { findBrowser, openBrowser, type OpenedBrowser, type Page } from '@sluice/testing-browser';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { imagesOf } from '../../testing/images';
import { type GalleryApp, serveGallery } from '../../testing/serve-gallery';
import { StandIn } from '../../testing/stand-in.controller';

const installation = findBrowser();
// The set-up has said that there is none, and how to get one.
const inBrowser = installation ? describe : describe.skip;

/** A look at the gallery comes every 5 s. */
const WITHIN = { timeout: 10_000 };
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

inBrowser('the page, in a real browser', () => {
  let redis: Awaited<ReturnType<typeof provideRedis>>;
  let database: Awaited<ReturnType<typeof provideDatabase>>;
  let app: GalleryApp;
  let browser: OpenedBrowser;
  let standIn: StandIn;
  let page: Page;
  let images: ReturnType<typeof imagesOf>;
  const wrongs: string[] = [];
  const addresses: string[] = [];

  beforeAll(async () => {
    [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
    const keyPrefix = `test-${randomUUID()}:`;
    app = await serveGallery({ redisUrl: redis.url, databaseUrl: database.url, keyPrefix });
    standIn = app.get(StandIn);
    if (installation) browser = await openBrowser(installation);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await Promise.all([redis?.stop(), database?.stop()]);
  }, 30_000);

  beforeEach(async () => {
    standIn.userId = await app.createUser(`${randomUUID()}@a.example`);
    standIn.givesOldTokens = false;
    images = imagesOf(app, standIn.userId);
    [wrongs, addresses, standIn.calls].forEach((list) => list.splice(0));
    standIn.mostStreams = 0;
    page = await browser.newPage({ width: 360, height: 740 });
    page.on(
      'console',
      (message) => ['error', 'warning'].includes(message.type()) && wrongs.push(message.text()),
    );
    page.on('pageerror', ({ message }) => wrongs.push(message));
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${app.url}/gallery`);
  });

  afterEach(async () => {
    await page?.close();
    // What was typed and what was given out is in no address, and nothing was asked of anybody else.
    const secrets = [StandIn.password, encodeURIComponent(StandIn.password), standIn.userId, 'a.example'];
    expect(addresses.filter((address) => secrets.some((secret) => address.includes(secret)))).toEqual([]);
    expect(addresses.filter((address) => !address.startsWith(app.url))).toEqual([]);
  }, 30_000);

  const cards = () => page.locator('#images > li');
  const pressOn = async (selector: string, key: string) => page.locator(selector).first().press(key);

  async function signIn(): Promise<void> {
    await page.fill('#email', 'ada@a.example');
    await page.fill('#password', StandIn.password);
    await page.press('#password', 'Enter');
    await page.waitForSelector('#gallery', WITHIN);
  }

  it('is filled while images come, from the keyboard alone', async () => {
    await page.keyboard.type('ada@a.example');
    await page.keyboard.press('Tab');
    await page.keyboard.type('the wrong password');
    await page.keyboard.press('Enter');
    await page.getByText('The password is wrong.').waitFor(WITHIN);
    // The browser itself says that a request was refused.
    expect(wrongs.splice(0)).toEqual([expect.stringContaining('401')]);
    await signIn();
    await page.waitForSelector('#empty', WITHIN);

    const { id } = await images.create({ prompt: HOSTILE });
    await page.locator('li[data-status=queued]').waitFor(WITHIN);
    expect(await page.locator('.prompt').textContent()).toBe(HOSTILE);
    const tell = await streamOf(id);
    const jobs = app.get(ImageJobRepository);
    const job = await jobs.claimNext({
      runner: 'a test',
      servers: ['http://gpu'],
      slots: 1,
      leaseMs: 60_000,
    });
    await tell('progress', 0.4);
    await becomesTrue('document.querySelector("progress").value === 0.4');

    const file = { fileKey: 'f', thumbKey: 't', contentType: 'image/png', bytes: 1, sha256: 'a'.repeat(64) };
    expect(job && (await jobs.complete(job, file))).toBe(true);
    await tell('status', 1);
    await becomesTrue('document.querySelector("#images img").naturalWidth === 1');
    expect(standIn.calls).toEqual(['file by link']);
    expect(await page.locator('#news').textContent()).toContain('completed');

    await pressOn('.like', 'Space');
    await page.locator('.like[aria-pressed=true]').waitFor(WITHIN);
    expect((await app.page(standIn.userId)).data[0]?.liked).toBe(true);
    expect(await page.title()).toBe('Gallery');
    expect(wrongs).toEqual([]);
  }, 60_000);

  it('shows more, follows three at most, cancels, filters, and fits a narrow screen', async () => {
    await images.createMany(47);
    await signIn();
    await cards().nth(19).waitFor(WITHIN);
    await pressOn('#more', 'Enter');
    await cards().nth(39).waitFor(WITHIN);
    await becomesTrue('document.activeElement.closest("li") !== null');
    await pressOn('#more', 'Enter');
    await cards().nth(46).waitFor(WITHIN);
    expect(await page.locator('#more').isVisible()).toBe(false);

    const { id } = await images.create({ prompt: 'a late one' });
    await cards().nth(47).waitFor(WITHIN);
    expect(await page.locator('.prompt').first().textContent()).toBe('a late one');
    expect(await cards().count()).toBe(48);
    expect(standIn.mostStreams).toBe(3);

    await pressOn('.cancel', 'Enter');
    await page.locator('li[data-status=cancelled]').waitFor(WITHIN);
    expect((await app.page(standIn.userId, { status: 'cancelled' })).data.map((image) => image.id)).toEqual([
      id,
    ]);
    await page.selectOption('#status', 'cancelled');
    await becomesTrue('document.querySelectorAll("#images > li").length === 1');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(wrongs).toEqual([]);
  }, 60_000);

  it('renews what is over, once, and forgets all when signed out', async () => {
    await images.create();
    standIn.givesOldTokens = true;
    await signIn();
    await cards().first().waitFor(WITHIN);
    expect(standIn.calls).toEqual(['refresh']);
    await page.click('#sign-out');
    await page.waitForSelector('#sign-in', WITHIN);
    expect(await cards().count()).toBe(0);
    expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(
      0,
    );
    await becomesTrue('document.activeElement.id === "email"');
  }, 60_000);

  async function streamOf(id: string) {
    await until(() => standIn.streams.has(id));
    return standIn.streams.get(id) as NonNullable<ReturnType<typeof standIn.streams.get>>;
  }

  /** Not `waitForFunction`, which the page's own policy forbids. */
  function becomesTrue(expression: string): Promise<void> {
    return until(() => page.evaluate<boolean>(expression));
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + WITHIN.timeout;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`It never came to be: ${holds}`);
      await page.waitForTimeout(20);
    }
  }
});
