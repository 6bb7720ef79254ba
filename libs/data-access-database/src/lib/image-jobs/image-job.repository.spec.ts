import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import {
  imageFile,
  type ImageJobsApp,
  LEASE_MS,
  RUNNER,
  SERVER,
  startImageJobsApp,
} from '../../testing/image-jobs-app';
import { passTime } from '../../testing/pass-time';
import type { ImageJob } from './image-job';

let server: ProvidedDatabase;
let app: ImageJobsApp;
let ownerId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  ownerId = await app.anOwner();
});

beforeEach(() => app.clear());

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const pass = (milliseconds: number) => passTime(app.database, milliseconds);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

it('a job goes from queued to completed', async () => {
  const request = { ownerId, prompt: 'a sluice', seed: String(2n ** 64n - 1n), width: 64, height: 2048 };
  const enqueued = await app.jobs.enqueue({ ...request, negativePrompt: 'people' }, { quota: 1 });
  expect(enqueued).toMatchObject({ outcome: 'queued', image: { ...request, status: 'queued' } });
  const id = enqueued.outcome === 'queued' ? enqueued.image.id : '';

  const job = await app.claim();
  expect(job).toEqual({
    id,
    fence: 1,
    ...request,
    characterId: null,
    negativePrompt: 'people',
    status: 'generating',
    attempt: 1,
    losses: 0,
    server: SERVER,
    promptId: expect.stringMatching(UUID) as string,
    sentAt: null,
    createdAt: expect.any(Date) as Date,
  });
  expect(await app.images.findById(id)).toMatchObject({
    status: 'generating',
    file: null,
    completedAt: null,
  });

  expect(await app.jobs.markSent(job)).toBe('generating');
  expect(await app.jobs.complete(job, imageFile())).toBe(true);
  expect(await app.images.findById(id)).toEqual({
    ...(enqueued.outcome === 'queued' && enqueued.image),
    status: 'completed',
    file: imageFile(),
    completedAt: expect.any(Date) as Date,
  });
  expect(await app.row(id)).toMatchObject({ runner: null, leasedUntil: null, promptId: job.promptId });
});

it('a job fails with a code, and words that are cut and can be stored', async () => {
  const id = await app.enqueue(ownerId);
  expect(await app.jobs.fail(await app.claim(), { code: 'E', message: `a\0b${'c'.repeat(5_000)}` })).toBe(
    true,
  );
  expect(await app.images.findById(id)).toMatchObject({
    status: 'failed',
    error: { code: 'E', message: `a\uFFFDb${'c'.repeat(997)}` },
    file: null,
    completedAt: null,
  });
});

describe('a job that is requeued', () => {
  it('is claimed under another prompt id, by anybody, for any server, after its delay', async () => {
    const id = await app.enqueue(ownerId);
    const first = await app.claim();
    await app.jobs.markSent(first);
    expect(await app.jobs.requeue(first, { delayMs: 60_000 })).toBe('queued');
    expect(await app.row(id)).toMatchObject({ server: null, promptId: null, sentAt: null, runner: null });

    await pass(50_000);
    const request = { runner: 'runner-2', servers: ['http://comfy-2:8188'], slots: 1, leaseMs: LEASE_MS };
    expect(await app.jobs.claimNext(request)).toBeNull();
    await pass(11_000);
    const second = await app.jobs.claimNext(request);
    expect(second).toMatchObject({ id, fence: 2, attempt: 2, server: request.servers[0], sentAt: null });
    expect(second?.promptId).not.toBe(first.promptId);
    expect(await app.row(id)).toMatchObject({ runAfter: null });
  });

  it('keeps its attempt when it was not its fault, and may be claimed at once', async () => {
    await app.enqueue(ownerId);
    expect(await app.jobs.requeue(await app.claim(), { counts: false })).toBe('queued');
    expect(await app.claim()).toMatchObject({ fence: 2, attempt: 1, losses: 0 });
  });

  it('is counted as lost when its server has forgotten it, once, however often that is said', async () => {
    await app.enqueue(ownerId);
    const job = await app.claim();
    for (let time = 0; time < 2; time += 1) {
      expect(await app.jobs.requeue(job, { counts: false, lost: true })).toBe('queued');
    }
    expect(await app.claim()).toMatchObject({ attempt: 1, losses: 1 });
  });
});

describe('a server has no more jobs in flight than slots', () => {
  const claimFor = (where: string, slots: number) =>
    app.jobs.claimNext({ runner: RUNNER, servers: [where], slots, leaseMs: LEASE_MS });

  it('each by itself, whoever runs them', async () => {
    for (let n = 0; n < 6; n++) await app.enqueue(ownerId);
    expect(await claimFor('http://a', 0)).toBeNull();
    expect(await claimFor('http://a', 2)).not.toBeNull();
    expect(await claimFor('http://a', 2)).not.toBeNull();
    expect(await claimFor('http://a', 2)).toBeNull();
    expect(await claimFor('http://b', 1)).not.toBeNull();
    expect(await claimFor('http://b', 1)).toBeNull();
    expect(await claimFor('http://a', 3)).not.toBeNull();
  });

  it('and none gets a second one while another that may have it has none', async () => {
    const servers = ['http://a', 'http://b', 'http://c'];
    const request = { runner: RUNNER, servers, slots: 2, leaseMs: LEASE_MS };
    for (let n = 0; n < 7; n++) await app.enqueue(ownerId);
    const job = await claimFor('http://b', 2);
    const claimed: unknown[] = [];
    for (let n = 0; n < 6; n++) claimed.push((await app.jobs.claimNext(request))?.server ?? null);
    expect(claimed).toEqual(['http://a', 'http://c', 'http://a', 'http://b', 'http://c', null]);
    await app.jobs.requeue(job as ImageJob);
    expect(await app.jobs.claimNext(request)).toMatchObject({ server: 'http://b' });
    expect(await app.jobs.claimNext({ ...request, servers: [], slots: 3 })).toBeNull();
  });

  it('those that shall be cancelled and those that nobody holds included, until they have ended', async () => {
    for (let n = 0; n < 3; n++) await app.enqueue(ownerId);
    const first = await app.claim({ slots: 2 });
    await app.jobs.requestCancel(first.id, ownerId);
    await app.claim({ slots: 2 });
    await app.jobs.handOver(RUNNER);
    expect(await claimFor(SERVER, 2)).toBeNull();
    await app.jobs.markCancelled(await app.adopt('runner-2'));
    expect(await claimFor(SERVER, 2)).not.toBeNull();
  });
});

describe('a lease', () => {
  it('is renewed for those that are still ours, and says what has become of them', async () => {
    for (let n = 0; n < 6; n++) await app.enqueue(ownerId);
    const [ended, lost, cancelled, ours] = [
      await app.claim(),
      await app.claim(),
      await app.claim(),
      await app.claim(),
    ];
    const others = await app.claim({ runner: 'runner-2' });
    await app.jobs.complete(ended, imageFile());
    await pass(LEASE_MS - 5_000);
    await app.jobs.requestCancel(cancelled.id, ownerId);
    await app.jobs.renew({ runner: RUNNER, leaseMs: LEASE_MS, jobs: [cancelled, ours] });
    await app.jobs.renew({ runner: 'runner-2', leaseMs: LEASE_MS, jobs: [others] });
    await pass(6_000);
    expect(await app.jobs.orphanExpired()).toEqual([lost.id]);

    const jobs = [ended, lost, cancelled, ours, others, { id: ours.id, fence: 9 }];
    const renewed = await app.jobs.renew({ runner: RUNNER, leaseMs: LEASE_MS, jobs });
    expect(new Set(renewed)).toEqual(
      new Set([
        { id: cancelled.id, status: 'cancelling' },
        { id: ours.id, status: 'generating' },
      ]),
    );
    expect(await app.jobs.renew({ runner: RUNNER, leaseMs: LEASE_MS, jobs: [] })).toEqual([]);
    await pass(LEASE_MS - 5_000);
    expect(await app.jobs.orphanExpired()).toEqual([others.id]);
  });

  it('that is over is still ours until somebody has noticed', async () => {
    await app.enqueue(ownerId);
    const job = await app.claim();
    await pass(LEASE_MS + 1_000);
    expect(await app.jobs.adoptNext({ runner: 'runner-2', leaseMs: LEASE_MS })).toBeNull();
    expect(await app.jobs.renew({ runner: RUNNER, leaseMs: LEASE_MS, jobs: [job] })).toHaveLength(1);
    expect(await app.jobs.orphanExpired()).toEqual([]);
    expect(await app.jobs.complete(job, imageFile())).toBe(true);
  });

  it('and a delay go by the clock of the database', async () => {
    await app.enqueue(ownerId);
    const now = Date.now();
    for (const years of [1, -1]) {
      jest.spyOn(Date, 'now').mockReturnValue(now + years * 365 * 24 * 3_600_000);
      const job = await app.claim();
      expect(await app.jobs.orphanExpired()).toEqual([]);
      expect(await app.jobs.requeue(job, { delayMs: 10_000 })).toBe('queued');
      expect(
        await app.jobs.claimNext({ runner: RUNNER, servers: [SERVER], slots: 1, leaseMs: LEASE_MS }),
      ).toBeNull();
      await pass(11_000);
    }
    await app.claim();
    await pass(LEASE_MS + 1_000);
    expect(await app.jobs.orphanExpired()).toHaveLength(1);
  });
});

describe('an orphan', () => {
  it('is adopted as it is, with the fence of its new holder', async () => {
    const id = await app.enqueue(ownerId);
    const job = await app.claim();
    await app.jobs.markSent(job);
    expect(await app.jobs.handOver('runner-2')).toEqual([]);
    expect(await app.jobs.handOver(RUNNER)).toEqual([id]);
    expect(await app.jobs.handOver(RUNNER)).toEqual([]);
    const adopted = await app.adopt('runner-2');
    expect(adopted).toEqual({ ...job, fence: 3, sentAt: expect.any(Date) as Date });
    expect(await app.jobs.complete(adopted, imageFile())).toBe(true);
  });

  it('is adopted whatever its server, the oldest first', async () => {
    const servers = ['http://a', 'http://b', 'http://c'];
    for (const where of servers) {
      await app.enqueue(ownerId);
      await app.claim({ servers: [where] });
    }
    await app.jobs.handOver(RUNNER);
    for (const where of servers) expect((await app.adopt('runner-2')).server).toBe(where);
    expect(await app.jobs.adoptNext({ runner: 'runner-2', leaseMs: LEASE_MS })).toBeNull();
  });
});

it.each([
  ['a character that is not there', { characterId: crypto.randomUUID() }, 'DATABASE_INVALID'],
  ['an owner who is not there', { ownerId: crypto.randomUUID() }, 'DATABASE_INVALID'],
  ['a wrong size', { width: 65 }, 'DATABASE_INVALID'],
])('%s is refused', async (_, wrong, code) => {
  await expect(app.enqueue(ownerId, wrong)).rejects.toMatchObject({ code, outcome: 'not-executed' });
});
