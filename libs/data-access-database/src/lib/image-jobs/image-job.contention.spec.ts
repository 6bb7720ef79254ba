import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import {
  imageFile,
  type ImageJobsApp,
  LEASE_MS,
  RUNNER,
  startImageJobsApp,
} from '../../testing/image-jobs-app';
import { passTime } from '../../testing/pass-time';
import { waitBehind } from '../../testing/wait-behind';
import type { Queries } from '../connection/database';
import { images } from '../schema/images';
import { users } from '../schema/users';
import type { CancelResult, ImageJob } from './image-job';
import { orphaned } from './holding';
import { requestCancel } from './request-cancel';

const SERVERS = ['http://a', 'http://b'];
const SLOTS = 3;

let server: ProvidedDatabase;
let app: ImageJobsApp;
let owners: string[];

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url, poolSize: 20 });
  owners = await Promise.all(Array.from({ length: 4 }, () => app.anOwner()));
});

beforeEach(() => app.clear());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const owner = (n: number) => owners[n % owners.length] as string;

async function together<T>(count: number, work: (n: number) => Promise<T | null>): Promise<T[]> {
  const all = await Promise.all(Array.from({ length: count }, (_, n) => work(n)));
  return all.filter((one) => one !== null);
}

const count = <T>(all: T[], is: (one: T) => boolean) => all.filter(is).length;

describe('of 20 who claim at once', () => {
  const claimers = () =>
    together(20, (n) =>
      app.jobs.claimNext({
        runner: `runner-${n}`,
        servers: [SERVERS[n % 2] as string],
        slots: SLOTS,
        leaseMs: LEASE_MS,
      }),
    );

  it('nobody gets what another has, each server fills up and no further, and every owner gets as much', async () => {
    // Half of them are one owner's.
    for (let n = 0; n < 60; n++) await app.enqueue(owner(Math.max(0, (n % 6) - 2)));
    const seen = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const claimed = await claimers();
      expect(SERVERS.map((where) => count(claimed, (job) => job.server === where))).toEqual([SLOTS, SLOTS]);
      for (const { id } of claimed) {
        expect(seen).not.toContain(id);
        seen.add(id);
      }
      // Six slots for four owners.
      const shares = owners.map((one) => count(claimed, ({ ownerId }) => ownerId === one));
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      expect(await claimers()).toEqual([]);
      await Promise.all(claimed.map((job, n) => app.jobs.complete(job, imageFile(`${round}-${n}`))));
    }
    expect(seen.size).toBe(36);
  });

  it('only some get one, when there are fewer jobs than slots', async () => {
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 4; n++) await app.enqueue(owner(n));
      const claimed = await claimers();
      expect(new Set(claimed.map(({ id }) => id)).size).toBe(4);
      expect(claimed).toHaveLength(4);
      await app.clear();
    }
  });
});

it('what is cancelled while a claim looks through a long queue is not claimed', async () => {
  await app.database.write((queries) =>
    queries.execute(sql`
      insert into images (id, owner_id, prompt, seed, width, height, created_at)
      select gen_random_uuid(), ${owner(0)}, 'p', '1', 64, 64, now() + n * interval '1 second'
      from generate_series(1, 5000) n`),
  );
  for (let round = 0; round < 20; round++) {
    const next = await app.enqueue(owner(0));
    const claiming = app.claim();
    await pause(round);
    const { status } = (await app.jobs.requestCancel(next, owner(0))) as CancelResult;
    const claimed = await claiming;
    // Whichever was first, the other has seen it.
    expect(status).toBe(claimed.id === next ? 'cancelling' : 'cancelled');
    expect((await app.row(next)).status).toBe(status);
    await app.jobs.markCancelled(claimed);
  }
});

it('of 20 who adopt at once, while others sweep and renew, nobody gets what another has', async () => {
  for (let n = 0; n < 12; n++) await app.enqueue(owner(n));
  let held = await together(12, () => app.claim());
  for (let round = 0; round < 10; round++) {
    await passTime(app.database, LEASE_MS + 1_000);
    const saved = held.slice(0, 4);
    await app.jobs.renew({ runner: round === 0 ? RUNNER : `r${round}`, leaseMs: LEASE_MS, jobs: saved });
    const swept = (await Promise.all([1, 2, 3].map(() => app.jobs.orphanExpired()))).flat();
    expect(new Set(swept).size).toBe(swept.length);
    expect(swept).toHaveLength(8);
    // Too few to look twice at what another one was just taking: that is passed over.
    const adopted: ImageJob[] = [];
    while (adopted.length < 8) {
      adopted.push(
        ...(await together(20, () => app.jobs.adoptNext({ runner: `r${round + 1}`, leaseMs: LEASE_MS }))),
      );
    }
    expect(new Set(adopted.map(({ id }) => id))).toEqual(new Set(swept));
    expect(adopted).toHaveLength(8);
    await app.jobs.handOver(round === 0 ? RUNNER : `r${round}`);
    held = [...adopted, ...(await together(4, () => app.adopt(`r${round + 1}`)))];
  }
});

describe('of 50 who enqueue at once for one owner', () => {
  const image = () => ({ ownerId: owner(0), prompt: 'a sluice', seed: '1', width: 64, height: 64 });

  it('as many succeed as the quota leaves room for', async () => {
    for (let round = 0; round < 5; round++) {
      await app.clear();
      // What takes up room, in each of the three unfinished states, and what does not.
      for (let n = 0; n < 5; n++) await app.enqueue(owner(0));
      const [cancelling, , completed] = [await app.claim(), await app.claim(), await app.claim()];
      await app.jobs.requestCancel(cancelling.id, owner(0));
      await app.jobs.complete(completed, imageFile());
      await app.images.softDelete(completed.id, owner(0));
      const results = await together(50, (n) =>
        app.jobs.enqueue({ ...image(), ownerId: owner(n % 5 ? 0 : 1) }, { quota: 9 }),
      );
      expect(count(results, ({ outcome }) => outcome === 'queued')).toBe(5 + 9);
      const refused = results.filter(({ outcome }) => outcome !== 'queued');
      expect(refused).toEqual(Array(36).fill({ outcome: 'over-quota', unfinished: 9 }));
    }
  });

  it('under one id, one image is made and all are given that, with the last room of the quota', async () => {
    for (let round = 0; round < 5; round++) {
      await app.clear();
      const id = randomUUID();
      const results = await together(50, () => app.jobs.enqueue({ ...image(), id }, { quota: 1 }));
      expect(count(results, ({ outcome }) => outcome === 'queued')).toBe(1);
      expect(count(results, ({ outcome }) => outcome === 'found')).toBe(49);
      expect(new Set(results.map((result) => 'image' in result && result.image.id))).toEqual(new Set([id]));
    }
  });
});

it('images of one owner are listed in the order in which they could be seen', async () => {
  const image = { ownerId: owner(0), prompt: 'a sluice', seed: '1', width: 64, height: 64 };
  const later = await waitBehind(
    app.database,
    (queries) => queries.select().from(users).where(eq(users.id, image.ownerId)).for('no key update'),
    () => app.jobs.enqueue(image, { quota: 9 }),
    () => app.images.create(image),
  );
  const [newest] = await app.images.list(image.ownerId, { limit: 1 });
  expect(later).toEqual({ outcome: 'queued', image: newest });
});

describe('what meets another transaction goes by what that has left:', () => {
  let job: ImageJob;

  beforeEach(async () => {
    await app.enqueue(owner(0));
    job = await app.claim();
  });

  const orphan = (queries: Queries) => queries.update(images).set(orphaned).where(eq(images.id, job.id));
  const cancel = (queries: Queries) => requestCancel(queries, job.id, owner(0));
  const behind = <T>(first: (queries: Queries) => Promise<unknown>, second: () => Promise<T>) =>
    waitBehind(app.database, first, second);

  it.each<[string, () => Promise<unknown>, unknown]>([
    ['markSent', () => app.jobs.markSent(job), null],
    ['complete', () => app.jobs.complete(job, imageFile()), false],
    ['fail', () => app.jobs.fail(job, { code: 'E', message: 'm' }), false],
    ['requeue', () => app.jobs.requeue(job), null],
    ['markCancelled', () => app.jobs.markCancelled(job), false],
    ['renew', () => app.jobs.renew({ runner: RUNNER, leaseMs: LEASE_MS, jobs: [job] }), []],
    ['handOver', () => app.jobs.handOver(RUNNER), []],
  ])('%s behind the loss of the job', async (_, write, refused) => {
    expect(await behind(orphan, write)).toEqual(refused);
    expect(await app.row(job.id)).toMatchObject({
      status: 'generating',
      runner: null,
      fence: 2,
      sentAt: null,
    });
  });

  it('markSent and requeue behind a request to cancel', async () => {
    expect(await behind(cancel, () => app.jobs.markSent(job))).toBe('cancelling');
    expect(await behind(cancel, () => app.jobs.requeue(job))).toBe('cancelled');
  });

  it('a request to cancel behind the end, and behind a requeue', async () => {
    const complete = (queries: Queries) =>
      queries
        .update(images)
        .set({
          status: 'completed',
          ...imageFile(),
          completedAt: new Date(),
          runner: null,
          leasedUntil: null,
        })
        .where(eq(images.id, job.id));
    const request = () => app.jobs.requestCancel(job.id, owner(0));
    expect(await behind(complete, request)).toEqual({ status: 'completed', changed: false });

    await app.enqueue(owner(0));
    job = await app.claim();
    const free = { status: 'queued', server: null, promptId: null, runner: null, leasedUntil: null } as const;
    const requeue = (queries: Queries) => queries.update(images).set(free).where(eq(images.id, job.id));
    expect(await behind(requeue, request)).toEqual({ status: 'cancelled', changed: true });
  });

  it('a claim does not wait for a job that somebody is just cancelling, but takes another one', async () => {
    const [first, second] = [await app.enqueue(owner(1)), await app.enqueue(owner(2))];
    await app.database.transaction(async (queries) => {
      await requestCancel(queries, first, owner(1));
      expect((await app.claim()).id).toBe(second);
    });
    const request = { runner: RUNNER, servers: ['http://a'], slots: 9, leaseMs: LEASE_MS };
    expect(await app.jobs.claimNext(request)).toBeNull();
  });

  it('a sweep passes over a job that is just being renewed, and does not wait', async () => {
    await passTime(app.database, LEASE_MS + 1_000);
    await app.database.transaction(async (queries) => {
      await queries.update(images).set({ leasedUntil: new Date(Date.now() + 60_000) });
      expect(await app.jobs.orphanExpired()).toEqual([]);
    });
    expect(await app.jobs.orphanExpired()).toEqual([]);
  });
});
