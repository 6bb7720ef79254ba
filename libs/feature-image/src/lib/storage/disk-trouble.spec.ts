import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { pollUntil } from '../../testing/poll-until';
import { useScratchFolder } from '../../testing/scratch-folder';
import { type ImagesApp, serveImages } from '../../testing/serve-images';
import { ImageFileError } from './image-file.errors';
import type { PutOptions, PutResult } from './image-storage';
import { LocalImageStorage } from './local/local-image-storage';

/** A storage that is full until it is given room. */
class FullStorage extends LocalImageStorage {
  full = true;
  refused = 0;

  override async put(source: Readable, options: PutOptions): Promise<PutResult> {
    if (!this.full) return super.put(source, options);
    this.refused += 1;
    source.destroy();
    throw new ImageFileError('IMAGE_STORE_FULL', 'There is no room.', { reason: 'ENOSPC' });
  }
}

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let app: ImagesApp | undefined;
const folder = useScratchFolder();

beforeAll(async () => {
  [redis, database, comfy] = await Promise.all([
    provideRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 10 }),
  ]);
});

afterEach(() => app?.close());

afterAll(async () => {
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
});

async function serve(storage: LocalImageStorage): Promise<ImagesApp> {
  const servers = { redisUrl: redis.url, databaseUrl: database.url, keyPrefix: `test-${randomUUID()}:` };
  const options = { storage, worker: { lease: 400 } };
  return (app = await serveImages({ ...servers, directory: '', comfyUiUrls: [comfy.url] }, options));
}

it('a full disk: the image waits for room and is not painted again', async () => {
  const storage = new FullStorage({ directory: folder() });
  const served = await serve(storage);
  const ada = await served.createUser();
  const before = comfy.ledger.painted.length;
  const { id } = await served.ask(ada);
  await pollUntil(() => storage.refused >= 2);
  expect((await served.see(ada, id)).status).toBe('generating');
  storage.full = false;
  await served.reaches(ada, id, 'completed');
  expect(comfy.ledger.painted.length).toBe(before + 1);
});

it('a volume that is lost: files are 503 with a reason, what is painted waits, and all comes when it is back', async () => {
  const directory = join(folder(), 'volume');
  const served = await serve(new LocalImageStorage({ directory }));
  const ada = await served.createUser();
  const first = await served.ask(ada);
  const { links } = await served.reaches(ada, first.id, 'completed');
  renameSync(directory, `${directory}-lost`);
  const lost = await served.call('GET', links.file ?? '');
  expect(lost.status).toBe(503);
  expect(lost.headers.get('content-type')).toContain('application/problem+json');
  expect(lost.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(lost.bytes.toString()).not.toContain(folder());
  const { id } = await served.ask(ada);
  await served.reaches(ada, id, 'generating');
  renameSync(`${directory}-lost`, directory);
  await served.reaches(ada, id, 'completed');
  expect((await served.call('GET', links.file ?? '')).status).toBe(200);
});
