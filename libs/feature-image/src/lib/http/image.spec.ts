import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import type { ImageView } from '@sluice/util-images';
import { type ImagesApp, type ImagesServers, serveImages } from '../../testing/serve-images';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let servers: ImagesServers;
let a: ImagesApp;
let b: ImagesApp;
let ada: string;
let bob: string;

beforeAll(async () => {
  [redis, database, comfy] = await Promise.all([
    provideRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 20 }),
  ]);
  servers = {
    redisUrl: redis.url,
    databaseUrl: database.url,
    keyPrefix: `test-${randomUUID()}:`,
    directory: mkdtempSync(join(tmpdir(), 'sluice-images-')),
    comfyUiUrls: [comfy.url],
  };
  [a, b] = await Promise.all([serveImages(servers), serveImages(servers)]);
});

beforeEach(async () => {
  [ada, bob] = await Promise.all([a.createUser(), a.createUser()]);
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(servers.directory, { recursive: true, force: true });
});

const request = (more: object = {}) => ({ prompt: 'a lighthouse', width: 64, height: 64, ...more });
const fields = (body: Record<string, unknown>) =>
  (body['errors'] as { path: string }[]).map(({ path }) => path).sort();

describe('asking for an image', () => {
  it('is 202 at once, and the image comes', async () => {
    const answer = await a.call<ImageView>('POST', '', {
      userId: ada,
      body: request({ prompt: 'a tower', width: 128, seed: '18446744073709551615' }),
    });
    const { id } = answer.body;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/api/images/${id}`);
    expect(answer.body).toEqual({
      id,
      status: 'queued',
      progress: 0,
      prompt: 'a tower',
      seed: '18446744073709551615',
      width: 128,
      height: 64,
      characterId: null,
      liked: false,
      createdAt: expect.any(String),
      completedAt: null,
      links: {
        self: `/api/images/${id}`,
        events: expect.stringContaining(`/api/images/${id}/events?`),
        cancel: `/api/images/${id}/cancel`,
      },
    });
    expect(await b.reaches(ada, id, 'completed')).toEqual({
      ...answer.body,
      status: 'completed',
      progress: 1,
      completedAt: expect.any(String),
      links: {
        self: `/api/images/${id}`,
        events: expect.any(String),
        cancel: expect.any(String),
        file: expect.any(String),
        thumb: expect.any(String),
      },
    });
  });

  it.each<[string, object, string[]]>([
    ['nothing', {}, ['height', 'prompt', 'width']],
    ['an empty prompt', request({ prompt: '' }), ['prompt']],
    ['4,001 code points', request({ prompt: '😀'.repeat(4_001) }), ['prompt']],
    ['odd sides', request({ width: 65, height: 2_056 }), ['height', 'width']],
    ['small sides', request({ width: 56, height: 64.5 }), ['height', 'width']],
    ['a seed beyond 2^53 as a number', request({ seed: 2 ** 53 }), ['seed']],
    ['a seed of 2^64', request({ seed: '18446744073709551616' }), ['seed']],
    ['a negative seed', request({ seed: '-1' }), ['seed']],
    ['a seed with zeros before it', request({ seed: '007' }), ['seed']],
    ['a seed that is no number', request({ seed: 'x' }), ['seed']],
    ['unknown fields', request({ status: 'completed', id: randomUUID() }), ['id', 'status']],
    ['NUL', request({ prompt: 'a\0b', negativePrompt: '\0' }), ['negativePrompt', 'prompt']],
    ['a character that has no id', request({ characterId: '7' }), ['characterId']],
  ])('with %s is 400 with its fields named', async (_what, body, expected) => {
    const answer = await a.call('POST', '', { userId: ada, body });
    expect(answer.status).toBe(400);
    expect(fields(answer.body)).toEqual(expected);
  });

  it('keeps the longest prompt, and seeds as they are', async () => {
    const prompt = '😀'.repeat(4_000);
    expect((await a.ask(ada, { prompt, seed: 2 ** 53 - 1 })).seed).toBe('9007199254740991');
    expect(await a.ask(ada, { prompt, seed: 0 })).toMatchObject({ prompt, seed: '0' });
    expect(BigInt((await a.ask(ada)).seed)).toBeLessThan(2n ** 64n);
  });

  it("with somebody else's character is 404, and one's own is painted", async () => {
    const config = { style: 'anime', age: 36, appearance: 'red hair', bio: 'sails' };
    const [own, foreign] = await Promise.all([a.createCharacter(ada, config), a.createCharacter(bob)]);
    for (const characterId of [foreign, randomUUID()]) {
      expect((await a.call('POST', '', { userId: ada, body: request({ characterId }) })).status).toBe(404);
    }
    const words = `a pier ${randomUUID()}`;
    const { id, characterId } = await a.ask(ada, { characterId: own, prompt: words });
    expect(characterId).toBe(own);
    expect((await a.reaches(ada, id, 'completed')).prompt).toBe(words);
    const painted = await (await fetch(`${comfy.url}/history`)).text();
    expect(painted).toContain(`${words}, anime style, 36 years old, red hair, sails`);
  });

  it('without any server is 503 with a reason', async () => {
    const app = await serveImages({ ...servers, comfyUiUrls: [] });
    const answer = await app.call('POST', '', { userId: ada, body: request() });
    await app.close();
    expect(answer.status).toBe(503);
    expect(answer.body['detail']).toContain('COMFYUI_URLS');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('the quota', () => {
  it('lets nobody have more unfinished images, however many are asked for at once', async () => {
    // Nobody answers there: all wait.
    const app = await serveImages({ ...servers, comfyUiUrls: ['http://127.0.0.1:9'] }, { quota: 3 });
    await comfy.faults.on('refuse', {});
    try {
      const ask = () => app.call('POST', '', { userId: ada, body: request() });
      const answers = await Promise.all(Array.from({ length: 8 }, ask));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 429, 429, 429, 429, 429]);
      expect((await ask()).headers.get('retry-after')).toMatch(/^\d+$/);
      const { id } = answers.find(({ status }) => status === 202)?.body as { id: string };
      expect((await app.call('POST', `/${id}/cancel`, { userId: ada })).status).toBe(202);
      expect((await ask()).status).toBe(202);
    } finally {
      await comfy.faults.off('refuse');
      await app.close();
    }
  });
});

describe('an Idempotency-Key', () => {
  const send = (app: ImagesApp, key: string, body: unknown = request(), userId = ada) =>
    app.call<ImageView>('POST', '', { userId, body, headers: { 'idempotency-key': key } });

  it('used 50 times at once makes one image and 50 equal answers', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => send(i % 2 ? a : b, key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ bytes }) => bytes.toString())).size).toBe(1);
    const [first] = answers;
    expect(new Set(answers.map(({ headers }) => headers.get('location')))).toEqual(
      new Set([`/api/images/${first?.body.id}`]),
    );
  });

  it('with another body is 422, whatever the order of the fields of the same one', async () => {
    const key = randomUUID();
    const first = await send(a, key, { prompt: 'x', width: 64, height: 64 });
    expect((await send(b, key, { height: 64, width: 64, prompt: 'x' })).body).toEqual(first.body);
    expect((await send(b, key, { prompt: 'y', width: 64, height: 64 })).status).toBe(422);
    expect((await send(b, key, { prompt: 'x', width: 64, height: 64 }, bob)).status).toBe(202);
  });

  it('is remembered for a 202 only', async () => {
    const key = randomUUID();
    const characterId = await a.createCharacter(bob);
    expect((await send(a, key, request({ characterId }))).status).toBe(404);
    expect((await send(a, key)).status).toBe(202);
  });

  it.each(['', 'k'.repeat(256)])('that is too short or too long is 400', async (key) => {
    expect((await send(a, key)).status).toBe(400);
  });
});

describe('ownership', () => {
  it("makes somebody else's image look like none", async () => {
    const { id } = await a.ask(ada);
    await a.reaches(ada, id, 'completed');
    const routes: [string, string][] = [
      ['GET', ''],
      ['POST', '/cancel'],
      ['DELETE', ''],
      ['GET', '/file'],
      ['GET', '/file?variant=thumb'],
      ['GET', '/events'],
    ];
    for (const [method, path] of routes) {
      for (const imageId of [id, randomUUID()]) {
        const { status } = await a.call(method, `/${imageId}${path}`, { userId: bob });
        expect({ method, path, status }).toEqual({ method, path, status: 404 });
      }
      expect((await a.call(method, `/7${path}`, { userId: bob })).status).toBe(400);
      expect((await a.call(method, `/${id}${path}`)).status).toBe(403);
    }
    expect((await a.see(ada, id)).status).toBe('completed');
  });
});

describe('files', () => {
  it('come with their type, length and ETag, and are 304 for who has them', async () => {
    const { id } = await a.ask(ada, { width: 512, height: 512 });
    expect((await a.call('GET', `/${id}/file`, { userId: ada })).status).toBe(404);
    await a.reaches(ada, id, 'completed');
    const [file, thumb] = await Promise.all([
      b.call('GET', `/${id}/file`, { userId: ada }),
      b.call('GET', `/${id}/file?variant=thumb`, { userId: ada }),
    ]);
    expect(file.bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(thumb.bytes.subarray(8, 12).toString()).toBe('WEBP');
    for (const [answer, type, query] of [
      [file, 'image/png', ''],
      [thumb, 'image/webp', '?variant=thumb'],
    ] as const) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(type);
      expect(answer.headers.get('content-length')).toBe(String(answer.bytes.length));
      const etag = answer.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
      const again = await a.call('GET', `/${id}/file${query}`, {
        userId: ada,
        headers: { 'if-none-match': etag },
      });
      expect({ status: again.status, bytes: again.bytes.length }).toEqual({ status: 304, bytes: 0 });
    }
    expect((await a.call('GET', `/${id}/file?variant=large`, { userId: ada })).status).toBe(400);
  });

  it('and events open by their link without a token, and by no other', async () => {
    const one = await a.ask(ada);
    const other = await a.ask(ada);
    const { links } = await a.reaches(ada, one.id, 'completed');
    await a.reaches(ada, other.id, 'completed');
    const { file = '', thumb = '', events } = links;
    for (const link of [file, thumb, events]) {
      expect((await b.call('GET', link)).status).toBe(200);
      expect((await b.call('GET', link.replace(one.id, other.id))).status).toBe(403);
      expect((await b.call('GET', `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`)).status).toBe(403);
      expect((await b.call('GET', link.replace(/&?s=.*/, ''))).status).toBe(403);
    }
    expect((await b.call('GET', thumb.replace('variant=thumb&', ''))).status).toBe(403);
    expect((await b.call('GET', events.replace('/events', '/file'))).status).toBe(403);
    await a.call('DELETE', `/${one.id}`, { userId: ada });
    expect((await b.call('GET', file)).status).toBe(404);
  });
});

describe('deleting', () => {
  it('is 204 once, and the image is gone for every route', async () => {
    const { id } = await a.ask(ada);
    expect((await a.call('DELETE', `/${id}`, { userId: ada })).status).toBe(204);
    expect((await b.call('DELETE', `/${id}`, { userId: ada })).status).toBe(404);
    expect((await b.call('GET', `/${id}`, { userId: ada })).status).toBe(404);
    expect((await b.call('POST', `/${id}/cancel`, { userId: ada })).status).toBe(404);
  });
});
