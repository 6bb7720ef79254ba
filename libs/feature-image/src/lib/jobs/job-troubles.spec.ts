import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ImageJobRepository } from '@sluice/data-access-database';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { executeSql, type PostgresProcess, provideRedis, startPostgres } from '@sluice/testing-servers';
import { pollUntil } from '../../testing/poll-until';
import { useScratchFolder } from '../../testing/scratch-folder';
import { type ImagesApp, serveImages } from '../../testing/serve-images';
import type { ImageModuleOptions } from '../image.options';
import { ImageFileError, refused } from '../storage/image-file.errors';
import type { PutOptions } from '../storage/image-storage';
import { LocalImageStorage } from '../storage/local/local-image-storage';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let postgres: PostgresProcess;
let comfy: ComfyUi;
let app: ImagesApp;
let ada: string;
const folder = useScratchFolder();

beforeAll(async () => {
  [redis, postgres] = await Promise.all([provideRedis(), startPostgres()]);
});

beforeEach(async () => {
  comfy = await startComfyUi({ paintMs: 50 });
});

afterEach(async () => {
  await app.close();
  await executeSql(postgres.url, 'delete from images');
  await comfy.stop();
});

afterAll(() => Promise.all([redis?.stop(), postgres?.stop()]));

async function serve(options: ImageModuleOptions = {}): Promise<void> {
  const servers = { redisUrl: redis.url, databaseUrl: postgres.url, comfyUiUrls: [comfy.url] };
  app = await serveImages({ ...servers, directory: folder(), keyPrefix: `test-${randomUUID()}:` }, options);
  ada = await app.createUser();
}

const count = (what: string) => comfy.ledger.entries.filter((entry) => entry.what === what).length;
const rowOf = async (id: string) =>
  (await executeSql(postgres.url, `select attempt, losses from images where id = '${id}'`))[0];

/** A disk that refuses what it is told to. */
class MoodyStorage extends LocalImageStorage {
  refusals: ImageFileError[] = [];
  puts = 0;

  override put(source: Readable, options: PutOptions) {
    this.puts += 1;
    const refusal = this.refusals.shift();
    if (!refusal) return super.put(source, options);
    source.on('error', () => undefined).destroy();
    return Promise.reject(refusal);
  }
}

const full = () => new ImageFileError('IMAGE_STORE_FULL', 'There is no room.');

describe('a job that loses its process again and again', () => {
  /** Somebody claims and sends it, and is not heard of again, for the last of so many times. */
  async function lose(losses: number): Promise<string> {
    await serve();
    await comfy.faults.on('refuse', {});
    await pollUntil(() => app.runner.servers()[0]?.state === 'away');
    const { id } = await app.ask(ada);
    const jobs = app.get(ImageJobRepository);
    const job = await jobs.claimNext({ runner: 'dies', servers: [comfy.url], slots: 2, leaseMs: 600_000 });
    if (job?.id !== id) throw new Error('it was not claimed');
    await comfy.faults.on('never-ends', {});
    await comfy.faults.off('refuse');
    await jobs.markSent(job);
    await app.runner.submit(comfy.url, job, new AbortController().signal);
    const lost = `losses = ${losses - 1}, leased_until = now()`;
    await executeSql(postgres.url, `update images set ${lost} where id = '${id}'`);
    return id;
  }

  it('fails in the end, and nothing works on it any more', async () => {
    const id = await lose(8);
    const { error } = await app.reaches(ada, id, 'failed');
    expect(error).toEqual({ code: 'PROCESS_LOST', message: expect.stringContaining('broke down') });
    expect(comfy.ledger.entries.at(-1)).toMatchObject({ what: 'ended', outcome: 'interrupted' });
    expect(await rowOf(id)).toMatchObject({ losses: '8' });
  });

  it('goes on as long as that may be chance', async () => {
    const id = await lose(7);
    await pollUntil(async () => (await rowOf(id))?.['losses'] === '7');
    await comfy.faults.clear();
    await app.reaches(ada, id, 'completed');
    expect(count('painted')).toBe(1);
  });
});

it('a job that its server forgets again and again fails in the end: perhaps it kills it', async () => {
  await serve({ worker: { losses: 2 } });
  await comfy.faults.on('never-ends', {});
  const { id } = await app.ask(ada);
  for (const runs of [1, 2]) {
    await pollUntil(() => count('run') === runs);
    await comfy.restart();
  }
  const { error } = await app.reaches(ada, id, 'failed');
  expect(error?.code).toBe('PROCESS_LOST');
  expect(await rowOf(id)).toEqual({ attempt: '1', losses: '2' });
  expect(count('run')).toBe(2);
});

it('a picture that its server has and does not give is painted again, and the image fails in the end', async () => {
  await serve({ worker: { serverPatience: 500, attempts: 2 } });
  await comfy.faults.on('error-500', { on: 'GET /view' });
  const { error } = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
  expect(error?.code).toBe('OUTPUT_MISSING');
  expect(count('painted')).toBe(2);
});

describe('a picture that cannot be stored', () => {
  it('is kept by the server until it can, and not painted again', async () => {
    const storage = new MoodyStorage({ directory: folder() });
    await serve({ storage, worker: { lease: 600_000 } });
    storage.refusals = [full(), full()];
    const { id } = await app.ask(ada);
    await app.reaches(ada, id, 'completed');
    expect({ accepted: count('accepted'), painted: count('painted') }).toEqual({ accepted: 1, painted: 1 });
    // By the process that had it all the time.
    expect(await rowOf(id)).toEqual({ attempt: '1', losses: '0' });
  });

  it('can be cancelled meanwhile', async () => {
    const storage = new MoodyStorage({ directory: folder() });
    await serve({ storage });
    storage.refusals = Array.from({ length: 100 }, full);
    const { id } = await app.ask(ada);
    await pollUntil(() => storage.puts >= 2);
    await app.call('POST', `/${id}/cancel`, { userId: ada });
    await app.reaches(ada, id, 'cancelled');
  });

  it('fails when that lasts too long', async () => {
    const storage = new MoodyStorage({ directory: folder() });
    await serve({ storage, worker: { storePatience: 500 } });
    storage.refusals = Array.from({ length: 100 }, full);
    const { error } = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
    expect(error?.code).toBe('NOT_STORED');
    expect(count('painted')).toBe(1);
  });

  it.each([
    ['that came cut short', refused('truncated', 'It ends too early.')],
    ['of which no thumbnail could be made', new ImageFileError('IMAGE_DECODING_FAILED', 'It took too long.')],
  ])('%s is fetched again before it is painted again', async (_, refusal) => {
    const storage = new MoodyStorage({ directory: folder() });
    await serve({ storage });
    storage.refusals = [refusal, refusal];
    await app.reaches(ada, (await app.ask(ada)).id, 'completed');
    expect(count('painted')).toBe(1);
    storage.refusals = [refusal, refusal, refusal];
    const code = refusal.code === 'IMAGE_REFUSED' ? 'completed' : 'failed';
    await app.reaches(ada, (await app.ask(ada)).id, code);
    expect(count('painted')).toBe(code === 'completed' ? 3 : 2);
  });
});

it('a job whose end cannot be written stays with its process, and is written when the database is back', async () => {
  await serve({ worker: { lease: 600_000 } });
  await comfy.faults.on('never-ends', {});
  const { id } = await app.ask(ada);
  await pollUntil(() => count('run') === 1);
  await postgres.kill();
  try {
    await comfy.faults.off('never-ends');
    await pollUntil(() => count('painted') === 1);
    // Fetched and stored: only the row is left to be written.
    await pollUntil(async () => (await storedFiles()) === 2);
  } finally {
    await postgres.restart();
  }
  await app.reaches(ada, id, 'completed');
  expect({ accepted: count('accepted'), painted: count('painted') }).toEqual({ accepted: 1, painted: 1 });

  async function storedFiles(): Promise<number> {
    let files = 0;
    for await (const file of new LocalImageStorage({ directory: folder() }).list()) files += Number(!!file);
    return files;
  }
});
