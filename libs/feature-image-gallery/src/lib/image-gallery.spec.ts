import { randomUUID } from 'node:crypto';
import { CharacterRepository, ImageJobRepository, ImageRepository } from '@sluice/data-access-database';
import { RedisService } from '@sluice/data-access-redis';
import { provideDatabase, provideRedis, Random } from '@sluice/testing-servers';
import { imageSchema, imagesTag, progressKey, progressText } from '@sluice/util-images';
import { imagesOf } from '../testing/images';
import { type GalleryApp, serveGallery } from '../testing/serve-gallery';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let a: GalleryApp;
let b: GalleryApp;
let ada: string;
let bob: string;
let now = Date.now();

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const servers = { redisUrl: redis.url, databaseUrl: database.url, keyPrefix: `test-${randomUUID()}:` };
  a = await serveGallery({ ...servers, now: () => now });
  b = await serveGallery(servers);
});

beforeEach(async () => {
  // Jobs of the test before would be made in place of those of this one.
  while (ada && (await imagesOf(a, ada).completeNext()));
  [ada, bob] = await Promise.all([
    a.createUser(`${randomUUID()}@a.example`),
    a.createUser(`${randomUUID()}@b.example`),
  ]);
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await Promise.all([redis?.stop(), database?.stop()]);
});

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
const wrongFields = ({ body }: { body: Record<string, unknown> }) =>
  (body['errors'] as { path: string }[]).map(({ path }) => path);

describe('a page', () => {
  it('has images as GET /api/images/:id gives them, newest first', async () => {
    const images = imagesOf(a, ada);
    const first = await images.create();
    const second = await images.create();
    await images.completeNext();
    const { data, page } = await a.page(ada);
    expect(page).toEqual({ nextCursor: null, hasMore: false });
    expect(data.map((image) => imageSchema.parse(image).id)).toEqual([second.id, first.id]);
    expect(data[1]).toMatchObject({
      status: 'completed',
      progress: 1,
      seed: '18446744073709551615',
      links: { self: `/api/images/${first.id}`, file: expect.stringContaining('&s=') },
    });
    expect(data[0]).toMatchObject({ status: 'queued', progress: 0, completedAt: null });
    expect(data[0]?.links).not.toHaveProperty('file');
  });

  it('is of those that are asked for', async () => {
    const images = imagesOf(a, ada);
    const characters = a.get(CharacterRepository);
    const character = await characters.create({ ownerId: ada, name: 'Ada', handle: 'ada' });
    const done = await images.create({ characterId: character.id });
    await images.completeNext();
    const waiting = await images.create({ characterId: character.id });
    const other = await images.create();
    await a.call(ada, 'PUT', `/api/images/${other.id}/like`);
    const ask = async (query: Record<string, string>) => idsOf(await b.page(ada, query));
    expect(await ask({})).toEqual([other.id, waiting.id, done.id]);
    expect(await ask({ characterId: character.id })).toEqual([waiting.id, done.id]);
    expect(await ask({ characterId: character.id.toUpperCase() })).toEqual([waiting.id, done.id]);
    expect(await ask({ status: 'completed' })).toEqual([done.id]);
    expect(await ask({ liked: 'true' })).toEqual([other.id]);
    expect(await ask({ liked: 'false' })).toEqual([waiting.id, done.id]);
    expect(await ask({ characterId: character.id, status: 'queued', liked: 'false' })).toEqual([waiting.id]);
    expect(await ask({ characterId: randomUUID() })).toEqual([]);
  });

  it('says how far what is being made is, also when the page itself is cached', async () => {
    const { id } = await imagesOf(a, ada).create();
    const claim = { runner: 'r', servers: [`http://${randomUUID()}`], slots: 1, leaseMs: 60_000 };
    const job = await a.get(ImageJobRepository).claimNext(claim);
    expect(job?.id).toBe(id);
    const redis = a.get(RedisService);
    await redis.invalidateTags([imagesTag(ada)]);
    const progress = async () => (await b.page(ada)).data.map((image) => image.progress);
    expect(await progress()).toEqual([0]);
    await redis.set(progressKey(id), progressText(0.4), { ttl: 10_000 });
    expect(await progress()).toEqual([0.4]);
    await a.get(ImageJobRepository).handOver('r');
  });

  it.each([
    ['status', 'done'],
    ['status', ''],
    ['liked', '1'],
    ['liked', ''],
    ['characterId', 'ada'],
    ['limit', '0'],
    ['limit', '101'],
    ['cursor', 'abc'],
    ['cursor', ''],
  ])('refuses %s=%j', async (name, value) => {
    const answer = await a.call(ada, 'GET', `/api/gallery?${name}=${value}`);
    expect([answer.status, wrongFields(answer)]).toEqual([400, [name]]);
  });

  it.each(['owner=x', 'status=queued&status=failed', 'liked=true&liked=false'])(
    'refuses ?%s',
    async (query) => {
      expect((await a.call(ada, 'GET', `/api/gallery?${query}`)).status).toBe(400);
    },
  );
});

describe('a cursor', () => {
  const cursorOf = async (user: string, query: Record<string, string> = {}) =>
    (await a.page(user, { limit: '1', ...query })).page.nextCursor as string;

  it('is good for its own list alone, on every instance', async () => {
    for (const user of [ada, bob]) {
      const images = imagesOf(a, user);
      const [older] = [await images.create(), await images.create()];
      const cursor = await cursorOf(user);
      expect(idsOf(await b.page(user, { limit: '1', cursor }))).toEqual([older.id]);
    }
    const cursor = await cursorOf(bob);
    for (const [user, query] of [
      [ada, {}],
      [bob, { status: 'queued' }],
      [bob, { liked: 'false' }],
      [bob, { characterId: randomUUID() }],
    ] as const) {
      const answer = await a.call(user, 'GET', `/api/gallery?${new URLSearchParams({ ...query, cursor })}`);
      expect([answer.status, wrongFields(answer)]).toEqual([400, ['cursor']]);
    }
  });

  it('is refused whatever was changed in it', async () => {
    const images = imagesOf(a, ada);
    await images.create();
    await images.create();
    const cursor = await cursorOf(ada);
    for (let i = 0; i < cursor.length; i += 1) {
      const altered = cursor.slice(0, i) + (cursor[i] === 'A' ? 'B' : 'A') + cursor.slice(i + 1);
      expect((await a.call(ada, 'GET', `/api/gallery?cursor=${altered}`)).status).toBe(400);
    }
    for (const altered of [`${cursor}A`, `${cursor}=`, cursor.slice(0, -1)]) {
      expect((await a.call(ada, 'GET', `/api/gallery?cursor=${altered}`)).status).toBe(400);
    }
  });
});

describe('pages, while images come, go and are completed between them', () => {
  it.each([1, 2, 3, 4])('neither skip nor repeat (seed %i)', async (seed) => {
    const random = new Random(seed);
    const mine = imagesOf(a, ada);
    const theirs = imagesOf(a, bob);
    // Many at once, so that some are of the same millisecond.
    await Promise.all([mine.createMany(60), theirs.createMany(20)]);
    const all = idsOf(await a.page(ada, { limit: '100' }));
    expect(all).toHaveLength(60);
    const gone = new Set<string>();
    const came = new Set<string>();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const reader = random.pick([a, b]);
      const query = { limit: String(1 + random.below(9)), ...(cursor !== null && { cursor }) };
      const page = await reader.page(ada, query);
      for (const id of idsOf(page)) {
        expect(gone.has(id)).toBe(false);
        expect(came.has(id)).toBe(false);
        seen.push(id);
      }
      cursor = page.page.nextCursor;
      for (let change = random.below(6); change > 0 && cursor !== null; change -= 1) {
        const what = random.pick(['create', 'delete', 'complete', 'theirs', 'like', 'cancel']);
        const id = random.pick(all);
        if (what === 'create') came.add((await mine.create()).id);
        else if (what === 'delete') {
          await mine.delete(id);
          gone.add(id);
        } else if (what === 'complete') await mine.completeNext();
        else if (what === 'theirs') await theirs.create();
        else if (what === 'like') await a.call(ada, random.pick(['PUT', 'DELETE']), `/api/images/${id}/like`);
        else await mine.cancel(id);
      }
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    // In the order they had, all that were there from beginning to end; of the deleted ones, those that were in time.
    expect(seen).toEqual(all.filter((id) => seen.includes(id)));
    expect(all.filter((id) => !seen.includes(id) && !gone.has(id))).toEqual([]);
    const fresh = [...came].reverse();
    expect(idsOf(await b.page(ada, { limit: '100' })).slice(0, fresh.length)).toEqual(fresh);
  });
});

describe('likes', () => {
  const like = (user: string, id: string, method = 'PUT') => a.call(user, method, `/api/images/${id}/like`);
  const likedOnB = async () => (await b.page(ada)).data.map(({ liked }) => liked);

  it('may be said twice, and are seen at once on the other instance', async () => {
    const { id } = await imagesOf(a, ada).create();
    expect(await likedOnB()).toEqual([false]);
    for (const method of ['PUT', 'PUT', 'DELETE', 'DELETE', 'PUT']) {
      expect((await like(ada, id, method)).status).toBe(204);
      expect(await likedOnB()).toEqual([method === 'PUT']);
    }
  });

  it("are 404 for somebody else's image, for none and for a deleted one", async () => {
    const images = imagesOf(a, ada);
    const [{ id }, deleted] = [await images.create(), await images.create()];
    await images.delete(deleted.id);
    for (const method of ['PUT', 'DELETE']) {
      expect((await like(bob, id, method)).status).toBe(404);
      expect((await like(ada, randomUUID(), method)).status).toBe(404);
      expect((await like(ada, deleted.id, method)).status).toBe(404);
      expect((await like(ada, 'none', method)).status).toBe(400);
    }
    expect(await likedOnB()).toEqual([false]);
  });
});

describe('first pages', () => {
  it('are read from the database once, for each user, limit and filter', async () => {
    await imagesOf(a, ada).create();
    const reads = [a, b].map((app) => jest.spyOn(app.get(ImageRepository), 'list'));
    const count = () => reads.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    const queries = [{}, { limit: '3' }, { status: 'queued' }, { liked: 'true' }, { liked: 'false' }];
    for (const user of [ada, bob]) {
      for (const query of queries) for (const app of [a, b, a]) await app.page(user, query as never);
    }
    expect(count()).toBe(10);
    // Of bob's nothing has changed.
    await imagesOf(a, ada).create();
    for (const user of [ada, bob]) {
      for (const query of queries) await b.page(user, query as never);
    }
    expect(count()).toBe(15);
    reads.forEach((read) => read.mockRestore());
  });

  it('have fresh links, however old they are', async () => {
    const images = imagesOf(a, ada);
    await images.create();
    await images.completeNext();
    const { data: before } = await a.page(ada);
    now += 8_000;
    const { data: after } = await a.page(ada);
    const endOf = (link: string) => Number(new URL(link, a.url).searchParams.get('e'));
    for (const kind of ['events', 'file', 'thumb'] as const) {
      const [early, late] = [before, after].map(([image]) => endOf(image?.links[kind] as string));
      expect((late as number) - (early as number)).toBe(8);
    }
  });
});

describe('a gallery of 10,000 images', () => {
  it('is read in one query a page, top and deep down', async () => {
    await imagesOf(a, ada).createMany(10_000);
    const reads = jest.spyOn(a.get(ImageRepository), 'list');
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page = await a.page(ada, { limit: '100', ...(cursor !== null && { cursor }) });
      expect(page.data).toHaveLength(100);
      cursor = page.page.nextCursor;
      pages += 1;
      expect(reads).toHaveBeenCalledTimes(pages);
    } while (cursor !== null);
    expect(pages).toBe(100);
    reads.mockRestore();
  }, 120_000);
});
