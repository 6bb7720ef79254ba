import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { imageFile, type ImageJobsApp, RUNNER, startImageJobsApp } from '../../testing/image-jobs-app';
import type { ImageJob } from './image-job';

let server: ProvidedDatabase;
let app: ImageJobsApp;
let ownerId: string;
let stranger: string;
let id: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  ownerId = await app.anOwner();
  stranger = await app.anOwner();
});

beforeEach(async () => {
  await app.clear();
  id = await app.enqueue(ownerId);
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const cancel = () => app.jobs.requestCancel(id, ownerId);

const sent = async () => {
  const job = await app.claim();
  await app.jobs.markSent(job);
  return job;
};

describe('a request to cancel', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['queued', () => Promise.resolve(), 'cancelled'],
    ['waiting for its next attempt', async () => app.jobs.requeue(await sent()), 'cancelled'],
    ['claimed', () => app.claim(), 'cancelling'],
    ['sent', sent, 'cancelling'],
    ['an orphan', async () => (await sent(), app.jobs.handOver(RUNNER)), 'cancelling'],
    ['adopted', async () => (await sent(), await app.jobs.handOver(RUNNER), app.adopt('r2')), 'cancelling'],
    ['completed', async () => app.jobs.complete(await sent(), imageFile()), 'completed'],
    ['failed', async () => app.jobs.fail(await sent(), { code: 'E', message: 'm' }), 'failed'],
    ['cancelled', async () => app.jobs.markCancelled(await sent()), 'cancelled'],
  ])('of a job that is %s', async (_, prepare, status) => {
    await prepare();
    const before = await app.row(id);
    const changed = before.status !== status;
    expect(await app.jobs.requestCancel(id, stranger)).toBeNull();
    expect(await app.row(id)).toEqual(before);

    expect(await cancel()).toEqual({ status, changed });
    const after = await app.row(id);
    // Whoever holds it goes on holding it.
    expect(after).toEqual({ ...before, status, runAfter: null });
    expect(await cancel()).toEqual({ status, changed: false });
    expect(await app.row(id)).toEqual(after);

    expect(await app.images.softDelete(id, ownerId)).toBe(true);
    expect(await cancel()).toBeNull();
  });

  it('of an image that is not there finds none', async () => {
    expect(await app.jobs.requestCancel(crypto.randomUUID(), ownerId)).toBeNull();
  });
});

describe('a deletion does the same to a job that is', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['queued', () => Promise.resolve(), 'cancelled'],
    ['waiting for its next attempt', async () => app.jobs.requeue(await sent()), 'cancelled'],
    ['sent', sent, 'cancelling'],
    ['completed', async () => app.jobs.complete(await sent(), imageFile()), 'completed'],
  ])('%s', async (_, prepare, status) => {
    await prepare();
    expect(await app.images.softDelete(id, stranger)).toBe(false);
    expect(await app.images.softDelete(id, ownerId)).toBe(true);
    expect(await app.row(id)).toMatchObject({ status, deletedAt: expect.any(Date) as Date });
  });
});

describe('a job that shall be cancelled', () => {
  let job: ImageJob;

  beforeEach(async () => {
    job = await app.claim();
    await cancel();
  });

  it('is not sent', async () => {
    expect(await app.jobs.markSent(job)).toBe('cancelling');
    expect((await app.row(id)).sentAt).toBeNull();
  });

  it('does not go back into the queue', async () => {
    expect(await app.jobs.requeue(job, { delayMs: 60_000 })).toBe('cancelled');
    expect(await app.row(id)).toMatchObject({
      status: 'cancelled',
      attempt: 1,
      runner: null,
      runAfter: null,
    });
  });

  it.each<[string, () => Promise<boolean>]>([
    ['cancelled', () => app.jobs.markCancelled(job)],
    ['completed', () => app.jobs.complete(job, imageFile())],
    ['failed', () => app.jobs.fail(job, { code: 'E', message: 'm' })],
  ])('may end as %s', async (status, end) => {
    expect(await end()).toBe(true);
    expect((await app.images.findById(id))?.status).toBe(status);
  });

  it('is adopted as such', async () => {
    await app.jobs.handOver(RUNNER);
    expect(await app.adopt('runner-2')).toMatchObject({ id, status: 'cancelling', fence: 3 });
  });
});
