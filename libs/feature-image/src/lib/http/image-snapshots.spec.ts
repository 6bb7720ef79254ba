import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageRepository } from '@sluice/data-access-database';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import {
  provideDatabase,
  type ProvidedDatabase,
  type RedisProcess,
  startFaultProxy,
  startRedis,
} from '@sluice/testing-servers';
import { pollUntil } from '../../testing/poll-until';
import { type ImagesApp, type ImagesServers, serveImages } from '../../testing/serve-images';

const RANKS = { queued: 0, generating: 1, cancelling: 2, completed: 3, failed: 3, cancelled: 3 };

let redis: RedisProcess;
let database: ProvidedDatabase;
let comfy: ComfyUi;
let servers: ImagesServers;
let a: ImagesApp;
let b: ImagesApp;
let ada: string;
let bob: string;

beforeAll(async () => {
  [redis, database, comfy] = await Promise.all([
    startRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 30 }),
  ]);
  servers = {
    redisUrl: redis.url,
    databaseUrl: database.url,
    keyPrefix: `test-${randomUUID()}:`,
    directory: mkdtempSync(join(tmpdir(), 'sluice-images-')),
    comfyUiUrls: [comfy.url],
  };
  [a, b] = await Promise.all([serveImages(servers), serveImages(servers)]);
  [ada, bob] = await Promise.all([a.createUser(), a.createUser()]);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await comfy.faults.clear();
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(servers.directory, { recursive: true, force: true });
});

/** How often an instance asks the database for this image from now on. */
function questions(app: ImagesApp, id: string): () => number {
  const asked = jest.spyOn(app.get(ImageRepository), 'findById');
  return () => asked.mock.calls.filter(([imageId]) => imageId === id).length;
}

/** An image that is being painted until the fault is cleared. */
async function beingPainted(): Promise<string> {
  await comfy.faults.on('never-ends', {});
  const { id } = await a.ask(ada);
  await a.reaches(ada, id, 'generating');
  await b.reaches(ada, id, 'generating');
  return id;
}

it('who asks again is answered without the database, on every instance, and files by link are, too', async () => {
  const { id } = await a.ask(ada);
  const { links } = await a.reaches(ada, id, 'completed');
  const [ofA, ofB] = [questions(a, id), questions(b, id)];
  for (let i = 0; i < 5; i += 1) {
    expect((await a.see(ada, id)).status).toBe('completed');
    expect((await b.see(ada, id)).status).toBe('completed');
    expect((await b.call('GET', links.thumb ?? '')).status).toBe(200);
  }
  expect(ofA() + ofB()).toBeLessThanOrEqual(1);
});

it('what is cached for its owner is nobody else’s', async () => {
  const { id } = await a.ask(ada);
  await a.see(ada, id);
  for (const [app, method, path] of [
    [a, 'GET', ''],
    [b, 'GET', ''],
    [b, 'GET', '/file'],
    [b, 'GET', '/events'],
  ] as const) {
    expect((await app.call(method, `/${id}${path}`, { userId: bob })).status).toBe(404);
  }
  // Neither is that a stranger was told that there is none.
  const other = await a.ask(ada);
  expect((await b.call('GET', `/${other.id}`, { userId: bob })).status).toBe(404);
  expect((await b.see(ada, other.id)).id).toBe(other.id);
});

it('who has heard of a change reads no older status, from whatever instance', async () => {
  for (let round = 0; round < 3; round += 1) {
    const id = await beingPainted();
    // What is read from both upon the newest message that an instance has heard; nobody reads it again.
    const newest: Promise<string[]>[] = [];
    const look = () => Promise.all([a, b].map(async (app) => (await app.see(ada, id)).status));
    const watches = await Promise.all(
      [a, b].map((app, i) => app.events.watch(id, ({ what }) => what === 'status' && (newest[i] = look()))),
    );
    await comfy.faults.clear();
    await pollUntil(async () => {
      const read = (await Promise.all(newest)).flat();
      return read.length === 4 && read.every((status) => status === 'completed');
    });
    await Promise.all(watches.map((watch) => watch.close()));
  }
});

it('who changed it through one instance reads the change in the next answer of the other', async () => {
  const id = await beingPainted();
  expect((await a.call('POST', `/${id}/cancel`, { userId: ada })).status).toBe(202);
  expect((await b.see(ada, id)).status).toMatch(/^cancell/);
  await b.reaches(ada, id, 'cancelled');
  expect((await b.call('DELETE', `/${id}`, { userId: ada })).status).toBe(204);
  expect((await a.call('GET', `/${id}`, { userId: ada })).status).toBe(404);
});

it('a status never goes back, whoever asks as fast as he can', async () => {
  const images = await Promise.all(Array.from({ length: 5 }, () => a.ask(ada)));
  await Promise.all(
    images.flatMap(({ id }) =>
      [a, b].map(async (app) => {
        let rank = 0;
        await pollUntil(async () => {
          const now = RANKS[(await app.see(ada, id)).status];
          expect(now).toBeGreaterThanOrEqual(rank);
          rank = now;
          return rank === 3;
        });
      }),
    ),
  );
});

it('with Redis lost the database answers, and what changed meanwhile is seen when it is back', async () => {
  const id = await beingPainted();
  await redis.kill();
  try {
    await comfy.faults.clear();
    await b.reaches(ada, id, 'completed');
  } finally {
    await redis.restart();
  }
  for (let i = 0; i < 10; i += 1) expect((await b.see(ada, id)).status).toBe('completed');
});

it('a change by an instance that is cut off from Redis, and dies so, is seen a few seconds later', async () => {
  const proxy = await startFaultProxy({ port: redis.port });
  const cutOff = await serveImages({ ...servers, redisUrl: proxy.url });
  try {
    const id = await beingPainted();
    proxy.drop();
    // Nobody else notices this: the job goes on as before.
    await cutOff.get(ImageRepository).like(id, ada);
    expect((await b.see(ada, id)).liked).toBe(false);
    await pollUntil(async () => (await b.see(ada, id)).liked);
  } finally {
    await cutOff.close();
    await proxy.close();
  }
});
