import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { type ImageJobsApp, startImageJobsApp } from '../../testing/image-jobs-app';
import { passTime } from '../../testing/pass-time';

let server: ProvidedDatabase;
let app: ImageJobsApp;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
});

beforeEach(() => app.clear());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

it('is nothing when nothing is unfinished', async () => {
  expect(await app.jobs.backlog()).toEqual({
    queued: { jobs: 0, oldestSeconds: 0 },
    inFlight: { jobs: 0, oldestSeconds: 0 },
  });
});

it('tells those that wait from those at a server, by the oldest, and forgets what has ended', async () => {
  const ownerId = await app.anOwner();
  await app.enqueue(ownerId);
  await app.enqueue(ownerId);
  const job = await app.claim();
  await passTime(app.database, 3_600_000);
  await app.enqueue(ownerId);
  const { queued, inFlight } = await app.jobs.backlog();
  expect([queued.jobs, inFlight.jobs]).toEqual([2, 1]);
  for (const { oldestSeconds } of [queued, inFlight]) {
    expect(oldestSeconds).toBeGreaterThanOrEqual(3_600);
    expect(oldestSeconds).toBeLessThan(7_200);
  }
  await app.jobs.fail(job, { code: 'SOME', message: 'it was not to be' });
  expect((await app.jobs.backlog()).inFlight).toEqual({ jobs: 0, oldestSeconds: 0 });
});
