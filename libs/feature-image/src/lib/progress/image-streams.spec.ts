import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { executeSql, provideDatabase, type RedisProcess, startRedis } from '@sluice/testing-servers';
import { listenTo } from '../../testing/event-stream';
import { pollUntil } from '../../testing/poll-until';
import { useScratchFolder } from '../../testing/scratch-folder';
import { type ImagesApp, type ImagesServers, serveImages } from '../../testing/serve-images';
import type { ImageModuleOptions } from '../image.options';

let redis: RedisProcess;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
const folder = useScratchFolder();
const apps: ImagesApp[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  [redis, database] = await Promise.all([startRedis(), provideDatabase()]);
});

beforeEach(async () => {
  comfy = await startComfyUi({ paintMs: 1_500 });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await comfy.stop();
  // A job that one test leaves unpainted would be painted before those of the next.
  await executeSql(database.url, 'truncate users cascade');
});

afterAll(() => Promise.all([redis?.stop(), database?.stop()]));

/** Processes that share everything; the first one has the work, the others know a server that is away. */
async function processes(count: number, options: ImageModuleOptions = {}): Promise<ImagesApp[]> {
  const servers: ImagesServers = {
    redisUrl: redis.url,
    databaseUrl: database.url,
    keyPrefix: `test-${randomUUID()}:`,
    directory: folder(),
    comfyUiUrls: [comfy.url],
  };
  const made = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      serveImages(i === 0 ? servers : { ...servers, comfyUiUrls: [] }, options),
    ),
  );
  apps.push(...made);
  return made;
}

const names = (events: { type: string }[]) => events.map(({ type }) => type);

it('a stream on one process shows the job on another: snapshot, status and progress, to its end', async () => {
  const [worker, watched] = (await processes(2)) as [ImagesApp, ImagesApp];
  const ada = await worker.createUser();
  const { id, links } = await worker.ask(ada);
  const stream = await listenTo(watched.url + links.events);
  await stream.ended;
  expect(stream.status).toBe(200);
  expect(stream.events[0]?.type).toBe('snapshot');
  expect(names(stream.events.slice(1)).filter((type) => type === 'snapshot')).toEqual([]);
  const progress = stream.events.map(({ data }) => data.progress);
  expect(progress).toEqual([...progress].sort((x, y) => x - y));
  expect(names(stream.events)).toContain('progress');
  const last = stream.events.at(-1);
  expect(last).toMatchObject({ type: 'status', data: { id, status: 'completed', progress: 1 } });
  expect(Object.keys(last?.data ?? {}).sort()).toEqual(Object.keys(await watched.see(ada, id)).sort());
  expect(watched.streams.size).toBe(0);
});

it('a stream of an image that has ended is one snapshot, also for who comes back', async () => {
  const [app] = (await processes(1)) as [ImagesApp];
  const ada = await app.createUser();
  const { id, links } = await app.ask(ada);
  await app.call('POST', `/${id}/cancel`, { userId: ada });
  await app.reaches(ada, id, 'cancelled');
  const stream = await listenTo(app.url + links.events, { 'last-event-id': '7' });
  await stream.ended;
  expect(stream.events).toMatchObject([{ type: 'snapshot', data: { id, status: 'cancelled' } }]);
});

it('ends when the image is deleted', async () => {
  const [app] = (await processes(1)) as [ImagesApp];
  const ada = await app.createUser();
  await comfy.faults.on('never-ends', {});
  const { id, links } = await app.ask(ada);
  const stream = await listenTo(app.url + links.events);
  await pollUntil(() => stream.events.length > 0);
  await app.call('DELETE', `/${id}`, { userId: ada });
  await stream.ended;
});

it('with Redis gone the database is asked, and the heartbeat goes on', async () => {
  const [app] = (await processes(1, { streams: { poll: 200, heartbeat: 100 } })) as [ImagesApp];
  const ada = await app.createUser();
  await comfy.faults.on('never-ends', {});
  const { id, links } = await app.ask(ada);
  await app.reaches(ada, id, 'generating');
  await redis.kill();
  try {
    const stream = await listenTo(app.url + links.events);
    await pollUntil(() => stream.events.length > 0 && stream.comments() > 2);
    expect(stream.events).toMatchObject([{ type: 'snapshot', data: { status: 'generating' } }]);
    await comfy.faults.off('never-ends');
    await stream.ended;
    expect(stream.events.at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } });
  } finally {
    await redis.restart();
  }
});

it('one user may open so many, and another one still his', async () => {
  const [app] = (await processes(1, { streams: { perUser: 2 } })) as [ImagesApp];
  const [ada, bob] = await Promise.all([app.createUser(), app.createUser()]);
  await comfy.faults.on('never-ends', {});
  const open = async (userId: string) => listenTo(app.url + (await app.ask(userId)).links.events);
  const streams = [await open(ada), await open(ada)];
  await pollUntil(() => streams.every(({ events }) => events.length > 0));
  const refused = await open(ada);
  expect(refused.status).toBe(429);
  const other = await open(bob);
  expect(other.status).toBe(200);
  streams[0]?.close();
  await pollUntil(() => app.streams.size === 2);
  const again = await open(ada);
  expect(again.status).toBe(200);
  for (const stream of [...streams, other, again]) stream.close();
  await pollUntil(() => app.streams.size === 0);
});

it('ends every stream when the process ends, and takes no new one', async () => {
  const [app] = (await processes(1)) as [ImagesApp];
  const ada = await app.createUser();
  await comfy.faults.on('never-ends', {});
  const { links } = await app.ask(ada);
  const stream = await listenTo(app.url + links.events);
  await pollUntil(() => stream.events.length > 0);
  app.streams.beforeApplicationShutdown();
  await stream.ended;
  expect((await listenTo(app.url + links.events)).status).toBe(503);
  await app.close();
});

it('ends after its longest time', async () => {
  const [app] = (await processes(1, { streams: { longest: 300 } })) as [ImagesApp];
  const ada = await app.createUser();
  await comfy.faults.on('never-ends', {});
  const stream = await listenTo(app.url + (await app.ask(ada)).links.events);
  await stream.ended;
  expect(stream.events[0]?.type).toBe('snapshot');
});

it('cuts off a reader who does not read', async () => {
  const [app] = (await processes(1)) as [ImagesApp];
  const ada = await app.createUser();
  await comfy.faults.on('never-ends', {});
  const { id, links } = await app.ask(ada, { prompt: '😀'.repeat(4_000) });
  await app.reaches(ada, id, 'generating');
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  socket.write(`GET ${links.events} HTTP/1.1\r\nHost: x\r\n\r\n`);
  // He reads the beginning, and then no more.
  let read = '';
  socket.on('data', (chunk) => (read += chunk.toString('latin1')));
  await pollUntil(() => read.includes('event: snapshot'));
  socket.pause();
  // Fifteen megabytes: more than the buffers on the way hold.
  let step = 0;
  await pollUntil(() => {
    for (let more = 0; more < 5 && step < 999; more += 1) {
      app.events.left(id);
      app.events.progressed(id, (step += 1) / 1_000);
    }
    return app.streams.size === 0;
  });
});
