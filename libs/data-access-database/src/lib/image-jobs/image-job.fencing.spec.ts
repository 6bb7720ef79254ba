import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import {
  imageFile,
  type ImageJobsApp,
  LEASE_MS,
  RUNNER,
  startImageJobsApp,
} from '../../testing/image-jobs-app';
import { passTime } from '../../testing/pass-time';
import type { HeldJob, ImageJob } from './image-job';

let server: ProvidedDatabase;
let app: ImageJobsApp;
let ownerId: string;
let job: ImageJob;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  ownerId = await app.anOwner();
});

beforeEach(async () => {
  await app.clear();
  await app.enqueue(ownerId);
  job = await app.claim();
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const error = { code: 'E', message: 'm' };

/** Everything that a holder may do, and what it is told when it does not hold the job. */
const WRITES: [string, (held: HeldJob) => Promise<unknown>, unknown][] = [
  ['renew', (held) => app.jobs.renew({ runner: RUNNER, leaseMs: LEASE_MS, jobs: [held] }), []],
  ['markSent', (held) => app.jobs.markSent(held), null],
  ['complete', (held) => app.jobs.complete(held, imageFile()), false],
  ['fail', (held) => app.jobs.fail(held, error), false],
  ['requeue', (held) => app.jobs.requeue(held), null],
  ['markCancelled', (held) => app.jobs.markCancelled(held), false],
];

const orphaned = async () => {
  await passTime(app.database, LEASE_MS + 1_000);
  expect(await app.jobs.orphanExpired()).toEqual([job.id]);
};
const handedOver = () => app.jobs.handOver(RUNNER);
const adopted = async () => {
  await handedOver();
  return app.adopt('runner-2');
};
// The same process may have lost it and got it again; its older self is as much a stranger.
const adoptedByItself = async () => {
  await handedOver();
  return app.adopt(RUNNER);
};
const claimedAnew = async () => {
  await app.jobs.requeue(await adopted());
  return app.claim();
};

describe.each<[string, () => Promise<unknown>]>([
  ['was orphaned', orphaned],
  ['was handed over', handedOver],
  ['was adopted by another process', adopted],
  ['was adopted by itself', adoptedByItself],
  ['was requeued by another process', async () => app.jobs.requeue(await adopted())],
  ['was requeued and claimed anew', claimedAnew],
  ['was completed by another process', async () => app.jobs.complete(await adopted(), imageFile('other'))],
  ['was completed alike by another process', async () => app.jobs.complete(await adopted(), imageFile())],
  ['was failed alike by another process', async () => app.jobs.fail(await adopted(), error)],
  ['was cancelled by another process', async () => app.jobs.markCancelled(await adopted())],
])('a holder whose job %s', (_, lose) => {
  it.each(WRITES)('cannot %s', async (_name, write, refused) => {
    await app.jobs.markSent(job);
    await lose();
    const before = await app.row(job.id);
    expect(await write(job)).toEqual(refused);
    expect(await app.row(job.id)).toEqual(before);
  });
});

describe('a write whose answer was lost can be repeated:', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['complete', () => app.jobs.complete(job, imageFile())],
    ['fail', () => app.jobs.fail(job, error)],
    ['markCancelled', () => app.jobs.markCancelled(job)],
    ['requeue', () => app.jobs.requeue(job, { delayMs: 60_000 })],
    ['requeue of one that shall be cancelled', () => app.jobs.requeue(job)],
  ])('%s', async (name, write) => {
    if (name.includes('cancelled')) await app.jobs.requestCancel(job.id, ownerId);
    const answer = await write();
    const before = await app.row(job.id);
    expect(await write()).toBe(answer);
    expect(await app.row(job.id)).toEqual(before);
  });

  it('but the first end stays', async () => {
    expect(await app.jobs.complete(job, imageFile('first'))).toBe(true);
    const before = await app.row(job.id);
    expect(await app.jobs.complete(job, imageFile('second'))).toBe(false);
    for (const [, write, refused] of WRITES) expect(await write(job)).toEqual(refused);
    expect(await app.row(job.id)).toEqual(before);
  });
});

it('a fence that nobody was given yet is no better than an old one', async () => {
  const before = await app.row(job.id);
  for (const [, write, refused] of WRITES) expect(await write({ id: job.id, fence: 2 })).toEqual(refused);
  expect(await app.row(job.id)).toEqual(before);
});

it.each([0, -1, 1.5, Number.NaN])('%p is no fence', async (fence) => {
  for (const [, write] of WRITES) {
    await expect((async () => write({ id: job.id, fence }))()).rejects.toMatchObject({
      code: 'DATABASE_INVALID',
    });
  }
});
