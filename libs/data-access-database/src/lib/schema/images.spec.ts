import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq } from 'drizzle-orm';
import { imageFile, type ImageJobsApp, startImageJobsApp } from '../../testing/image-jobs-app';
import { images } from './images';

type Columns = Partial<typeof images.$inferInsert>;

let server: ProvidedDatabase;
let app: ImageJobsApp;
let ownerId: string;
let id: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  ownerId = await app.anOwner();
});

beforeEach(async () => {
  id = await app.enqueue(ownerId);
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const set = (columns: Columns) =>
  app.database.write((queries) => queries.update(images).set(columns).where(eq(images.id, id)));

const now = new Date();
const running: Columns = { server: 'http://a', promptId: crypto.randomUUID(), claimedAt: now };
const held: Columns = { ...running, runner: 'r', leasedUntil: now };
const completed: Columns = { status: 'completed', completedAt: now, ...imageFile() };
const failed: Columns = { status: 'failed', errorCode: 'E', error: 'm' };

describe('a row says one thing only:', () => {
  it.each<[string, Columns]>([
    ['a job in somebody’s hands', { status: 'generating', ...held, sentAt: now }],
    ['one in nobody’s', { status: 'cancelling', ...running }],
    ['one that waits', { status: 'queued', runAfter: now, attempt: 2 }],
    ['one that never ran', { status: 'cancelled' }],
    ['one that has run', { ...completed, ...running, sentAt: now }],
    ['one that failed', failed],
  ])('%s', async (_, columns) => {
    await set(columns);
  });

  it.each<[string, string, Columns]>([
    ['held without a lease', 'images_lease_check', { status: 'generating', ...running, runner: 'r' }],
    ['a lease of nobody', 'images_lease_check', { status: 'generating', ...running, leasedUntil: now }],
    ['ended, but held', 'images_lease_check', { ...completed, ...held }],
    ['running nowhere', 'images_server_check', { status: 'generating' }],
    ['queued, but on a server', 'images_server_check', { status: 'queued', ...running }],
    [
      'on a server without a prompt id',
      'images_prompt_id_check',
      { status: 'cancelled', server: 'http://a' },
    ],
    ['sent without a prompt id', 'images_prompt_id_check', { status: 'cancelled', sentAt: now }],
    ['running, but delayed', 'images_run_after_check', { status: 'generating', ...running, runAfter: now }],
    ['completed without a file', 'images_file_check', { status: 'completed', completedAt: now }],
    ['completed without a thumbnail', 'images_file_check', { ...completed, thumbKey: null }],
    ['completed at no time', 'images_file_check', { ...completed, completedAt: null }],
    ['a file of a failed one', 'images_file_check', { ...failed, ...imageFile() }],
    ['failed without a reason', 'images_error_check', { status: 'failed' }],
    ['failed without words', 'images_error_check', { ...failed, error: null }],
    ['an error of a completed one', 'images_error_check', { ...completed, errorCode: 'E', error: 'm' }],
    ['an attempt before the first', 'images_attempt_check', { attempt: 0 }],
    ['an empty key', 'images_file_key_check', { ...completed, fileKey: '' }],
    ['a long key', 'images_file_key_check', { ...completed, thumbKey: 'k'.repeat(256) }],
    ['an empty file', 'images_bytes_check', { ...completed, bytes: 0 }],
    ['a hash that is none', 'images_sha256_check', { ...completed, sha256: 'A'.repeat(64) }],
  ])('not %s', async (_, constraint, columns) => {
    await expect(set(columns)).rejects.toMatchObject({ code: 'DATABASE_INVALID', constraint });
  });
});
