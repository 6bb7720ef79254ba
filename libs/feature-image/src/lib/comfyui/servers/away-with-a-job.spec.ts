import { randomUUID } from 'node:crypto';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { pollUntil } from '../../../testing/poll-until';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { type ImagesApp, serveImages } from '../../../testing/serve-images';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let first: ComfyUi;
let second: ComfyUi;
let app: ImagesApp;
const folder = useScratchFolder();

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
});

beforeEach(async () => {
  [first, second] = await Promise.all([startComfyUi({ paintMs: 10 }), startComfyUi({ paintMs: 10 })]);
});

afterEach(async () => {
  await app?.close();
  await Promise.all([first.stop(), second.stop()]);
});

afterAll(async () => {
  await Promise.all([redis?.stop(), database?.stop()]);
});

const accepted = (comfy: ComfyUi) => comfy.ledger.entries.filter(({ what }) => what === 'accepted').length;

function serve(comfyUiUrls: string[], keyPrefix: string, serverPatience: number): Promise<ImagesApp> {
  return serveImages(
    { redisUrl: redis.url, databaseUrl: database.url, keyPrefix, directory: folder(), comfyUiUrls },
    { worker: { attempts: 1, serverPatience } },
  );
}

/** An image that is being painted, whoever has it, by a server that then goes away. */
async function awayWithAJob(
  serverPatience: number,
): Promise<{ ada: string; id: string; away: ComfyUi; other: ComfyUi }> {
  app = await serve([first.url, second.url], `test-${randomUUID()}:`, serverPatience);
  const ada = await app.createUser();
  await Promise.all([first, second].map((comfy) => comfy.faults.on('never-ends', {})));
  await pollUntil(() => app.runner.servers().every(({ state }) => state === 'ready'));
  const { id } = await app.ask(ada);
  await pollUntil(() => accepted(first) + accepted(second) === 1);
  const [away, other] = accepted(first) === 1 ? [first, second] : [second, first];
  await app.reaches(ada, id, 'generating');
  await away.faults.on('refuse', {});
  await Promise.all([first, second].map((comfy) => comfy.faults.off('never-ends')));
  return { ada, id, away, other };
}

it('a server that goes away with a job, and comes back in time, is waited for: it is painted once', async () => {
  const { ada, id, away, other } = await awayWithAJob(60_000);
  await pollUntil(() => app.runner.servers().some(({ state }) => state === 'away'));
  expect((await app.see(ada, id)).status).toBe('generating');
  await away.faults.off('refuse');
  await app.reaches(ada, id, 'completed');
  expect([accepted(away), accepted(other)]).toEqual([1, 0]);
});

it('a server that stays away loses the job to another, and that is no attempt of the job', async () => {
  const { ada, id, away, other } = await awayWithAJob(300);
  await app.reaches(ada, id, 'completed');
  expect([accepted(away), accepted(other)]).toEqual([1, 1]);
});

it('a server that is not named any more loses its job to another, and that is no attempt of the job', async () => {
  const keyPrefix = `test-${randomUUID()}:`;
  app = await serve([first.url], keyPrefix, 60_000);
  const ada = await app.createUser();
  await first.faults.on('never-ends', {});
  const { id } = await app.ask(ada);
  await pollUntil(() => accepted(first) === 1);
  await app.close();
  app = await serve([second.url], keyPrefix, 60_000);
  await app.reaches(ada, id, 'completed');
  expect([accepted(first), accepted(second)]).toEqual([1, 1]);
});
