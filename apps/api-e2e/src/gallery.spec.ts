import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis, until } from '@sluice/testing-servers';
import { AppSecrets } from '@sluice/util-http';
import { ImageLinks, type ImageView } from '@sluice/util-images';
import { type Account, type Answer, call, register } from './support/api-client';
import { giveImages, useOfIndex } from './support/many-images';
import { serveApi, type ServedApi } from './support/served-api';

interface Page {
  data: ImageView[];
  page: { nextCursor: string | null; hasMore: boolean };
}

const APP_SECRET = 'a secret of the gallery, which all processes share';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let folder: string;
let env: Record<string, string>;
let one: ServedApi;
let two: ServedApi;
let ada: Account;
let bob: Account;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  [redis, database, comfy] = await Promise.all([
    provideRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 20 }),
  ]);
  env = {
    APP_SECRET,
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: `e2e-gallery-${process.pid}-${Date.now()}`,
    COMFYUI_URLS: comfy.url,
    COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
    IMAGES_DIR: folder,
    IMAGE_QUOTA: '100',
    THROTTLE_IMAGES_PER_MINUTE: '1000',
  };
  one = await serveApi(env);
  two = await serveApi(env);
});

beforeEach(async () => {
  [ada, bob] = await Promise.all([register(one.url), register(two.url)]);
});

afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const ids = ({ data }: Page) => data.map(({ id }) => id);

function look(api: ServedApi, { accessToken: token }: Account, query: object = {}): Promise<Answer<Page>> {
  return call<Page>(api.url, 'GET', `/api/gallery?${new URLSearchParams({ ...query })}`, { token });
}

async function page(api: ServedApi, account: Account, query: object = {}): Promise<Page> {
  const { status, body } = await look(api, account, query);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

async function ask(account: Account, prompt: string): Promise<string> {
  const body = { prompt, width: 64, height: 64 };
  const answer = await call<ImageView>(one.url, 'POST', '/api/images', { token: account.accessToken, body });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

async function finished(account: Account, ...wanted: string[]): Promise<ImageView[]> {
  let images: ImageView[] = [];
  await until('finished', async () => {
    const { data } = await page(two, account, { status: 'completed', limit: '100' });
    images = data.filter(({ id }) => wanted.includes(id));
    return images.length === wanted.length;
  });
  return images;
}

/** All pages from the top to the end, from the processes in turn. */
async function walk(account: Account, limit: string, apis = [one, two]): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  do {
    const last: Page = await page(apis[pages.length % apis.length] as ServedApi, account, {
      limit,
      ...(cursor && { cursor }),
    });
    pages.push(last);
    cursor = last.page.nextCursor;
  } while (cursor !== null);
  return pages;
}

it('pages read while images are painted and asked for neither skip nor repeat', async () => {
  const asked: string[] = [];
  for (let n = 0; n < 30; n += 1) asked.push(await ask(ada, `number ${n}`));
  const newestFirst = [...asked].reverse();
  const seen = new Set<string>();
  let walks = 0;
  let isDone = false;
  while (!isDone) {
    const late = walks < 5 ? ask(ada, `late ${walks}`) : undefined;
    const pages = await walk(ada, '4');
    const all = pages.flatMap(ids);
    // Those that came while it was read are at the top, or not there yet.
    expect(all.filter((id) => asked.includes(id))).toEqual(newestFirst);
    expect(new Set(all).size).toBe(all.length);
    for (const { status } of pages.flatMap(({ data }) => data)) seen.add(status);
    await late;
    walks += 1;
    isDone = pages.flatMap(({ data }) => data).every(({ status }) => status === 'completed');
  }
  expect([...seen]).toEqual(expect.arrayContaining(['queued', 'completed']));
  expect(walks).toBeGreaterThan(1);
});

describe("somebody else's images", () => {
  it('are on no page, whatever the cursor and the filter', async () => {
    const [ofAda, ofBob] = [new Set<string>(), new Set<string>()];
    for (let n = 0; n < 4; n += 1) {
      ofAda.add(await ask(ada, `ada ${n}`));
      ofBob.add(await ask(bob, `bob ${n}`));
    }
    const top = await page(one, bob, { limit: '2' });
    const cursor = top.page.nextCursor ?? '';
    expect(ids(await page(two, bob, { limit: '2', cursor })).every((id) => ofBob.has(id))).toBe(true);
    for (const query of [{}, { status: 'completed' }, { liked: 'false' }, { limit: '1' }]) {
      const { status, body } = await look(two, ada, { ...query, cursor });
      expect([status, body]).toEqual([400, expect.objectContaining({ errors: [expect.anything()] })]);
      expect(ids(await page(two, ada, query)).every((id) => ofAda.has(id))).toBe(true);
    }
    // What is in a cursor cannot be changed by somebody who knows how it is written.
    const bytes = Buffer.from((await page(one, ada, { limit: '2' })).page.nextCursor ?? '', 'base64url');
    const position = JSON.parse(bytes.subarray(16).toString()) as { createdAt: string; id: string };
    const moved = JSON.stringify({ ...position, createdAt: new Date().toISOString() });
    for (const forged of [
      Buffer.concat([bytes.subarray(0, 16), Buffer.from(moved)]),
      Buffer.concat([Buffer.alloc(16), bytes.subarray(16)]),
      Buffer.from(moved),
      bytes.subarray(0, 16),
    ]) {
      expect((await look(one, ada, { cursor: forged.toString('base64url') })).status).toBe(400);
    }
  });

  it('cannot be liked, and a like is on no page but its own', async () => {
    const [mine, his] = [await ask(ada, 'mine'), await ask(bob, 'his')];
    const like = (account: Account, id: string) =>
      call(two.url, 'PUT', `/api/images/${id}/like`, { token: account.accessToken });
    expect((await like(ada, his)).status).toBe(404);
    expect((await like(ada, mine)).status).toBe(204);
    expect(ids(await page(one, ada, { liked: 'true' }))).toEqual([mine]);
    expect(ids(await page(one, bob, { liked: 'true' }))).toEqual([]);
  });
});

describe('a signed link', () => {
  const open = (link: string) => call(two.url, 'GET', link).then(({ status }) => status);

  it('opens its one object, without a token, and no other', async () => {
    const [first, second, his] = [await ask(ada, 'first'), await ask(ada, 'second'), await ask(bob, 'his')];
    const [image] = await finished(ada, first, second);
    const { file = '', thumb = '', events } = image?.links ?? { events: '' };
    const other = image?.id === first ? second : first;
    await finished(bob, his);
    for (const link of [file, thumb, events]) {
      expect(await open(link)).toBe(200);
      for (const id of [other, his]) expect(await open(link.replace(image?.id ?? '', id))).toBe(403);
    }
    const signed = (link: string) => link.slice(link.indexOf('e='));
    for (const [path, of] of [
      [`${image?.links.self}/file?`, thumb],
      [`${image?.links.self}/file?`, events],
      [`${image?.links.self}/file?variant=thumb&`, file],
      [`${image?.links.self}/events?`, file],
    ] as const) {
      expect(await open(path + signed(of))).toBe(403);
    }
    expect(await open(`${image?.links.self}?${signed(file)}`)).toBe(401);
    expect(await open(`/api/gallery?${signed(file)}`)).toBe(401);
    const remove = await call(two.url, 'DELETE', `${image?.links.self}?${signed(file)}`);
    expect(remove.status).toBe(401);
  });

  it('opens nothing after its time, which nobody can put off', async () => {
    const id = await ask(ada, 'a clock');
    await finished(ada, id);
    const linkOf = (secondsAgo: number) =>
      new ImageLinks(new AppSecrets(APP_SECRET), () => Date.now() - secondsAgo * 1_000).all(id).file;
    expect(await open(linkOf(540))).toBe(200);
    const over = linkOf(601);
    expect(await open(over)).toBe(403);
    expect(await open(over.replace(/e=\d+/, `e=${Math.ceil(Date.now() / 1_000) + 60}`))).toBe(403);
  });
});

it('of 10,000 images a page is one look into the index and reads no more than the page', async () => {
  // With a database of its own, since the server counts what was done late: at the latest when a connection ends.
  const own = await provideDatabase();
  try {
    const ownEnv = { ...env, DATABASE_URL: own.url, REDIS_KEY_PREFIX: `${env['REDIS_KEY_PREFIX']}-many` };
    const first = await serveApi(ownEnv);
    const eve = await register(first.url);
    await first.stop();
    await giveImages(own.url, eve.user.id, 10_000);
    const before = await useOfIndex(own.url, 'images_gallery_idx');
    const second = await serveApi(ownEnv);
    const pages = await walk(eve, '100', [second]);
    await second.stop();
    expect(pages).toHaveLength(100);
    expect(new Set(pages.flatMap(ids)).size).toBe(10_000);
    const after = await useOfIndex(own.url, 'images_gallery_idx');
    expect(after.scans - before.scans).toBe(100);
    // Each page reads one more than it shows, so as to know whether there is a next one; the last has none.
    expect(after.rows - before.rows).toBe(100 * 101 - 1);
  } finally {
    await own.stop();
  }
});
