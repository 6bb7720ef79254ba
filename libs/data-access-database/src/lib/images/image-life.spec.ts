import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import {
  imageFile,
  type ImageJobsApp,
  RUNNER,
  SERVER,
  startImageJobsApp,
} from '../../testing/image-jobs-app';
import type { HeldJob } from '../image-jobs/image-job';
import { ImageJobRepository } from '../image-jobs/image-job.repository';
import { images } from '../schema/images';
import { IMAGE_STATUSES } from '../schema/image-statuses';
import { ImageFileRepository } from './image-file.repository';
import { ImageRepository } from './image.repository';

const GUIDE = readFileSync(join(__dirname, '../../../../../docs/guides/images.md'), 'utf8');
const lease = { runner: 'runner-2', leaseMs: 15_000 };

let server: ProvidedDatabase;
let app: ImageJobsApp;
let files: ImageFileRepository;
let ownerId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  files = app.get(ImageFileRepository);
  ownerId = await app.anOwner();
  // The server itself writes down how a status changes, whichever statement does it.
  await app.database.write((queries) =>
    queries.execute(
      sql.raw(`
        create table steps (old_status text, new_status text);
        create function log_step() returns trigger language plpgsql as $$ begin
          insert into steps values (old.status, new.status);
          return null;
        end $$;
        create trigger log_step after insert or update or delete on images
          for each row execute function log_step();`),
    ),
  );
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const claimed = async () => {
  await app.enqueue(ownerId);
  return app.claim();
};
const changed = async (
  job: HeldJob,
  values: Partial<typeof images.$inferInsert> | Record<string, unknown>,
) => {
  await app.database.write((queries) => queries.update(images).set(values).where(eq(images.id, job.id)));
  return job;
};
const ended = async (end: (job: HeldJob) => Promise<unknown>) => {
  const job = await claimed();
  await end(job);
  return job;
};
const leaseOver = { leasedUntil: sql`now() - interval '1 minute'` };
const deletedLongAgo = { deletedAt: sql`now() - interval '40 days'` };

/** Every state that a row can be in, as far as some statement asks for it. */
const STATES: Record<string, () => Promise<HeldJob>> = {
  queued: async () => ({ id: await app.enqueue(ownerId), fence: 1 }),
  'queued again, later': () => ended((job) => app.jobs.requeue(job, { delayMs: 60_000 })),
  'queued again, now': () => ended((job) => app.jobs.requeue(job, { counts: false })),
  claimed,
  sent: () => ended((job) => app.jobs.markSent(job)),
  'with a lease that is over': async () => changed(await claimed(), leaseOver),
  'in nobody’s hands': () => ended(() => app.jobs.handOver(RUNNER)),
  'shall be cancelled': () => ended(({ id }) => app.jobs.requestCancel(id, ownerId)),
  'shall be cancelled, in nobody’s hands': () =>
    ended(async ({ id }) => {
      await app.jobs.requestCancel(id, ownerId);
      await app.jobs.handOver(RUNNER);
    }),
  completed: () => ended((job) => app.jobs.complete(job, imageFile())),
  failed: () => ended((job) => app.jobs.fail(job, { code: 'X', message: 'm' })),
  cancelled: () => ended((job) => app.jobs.markCancelled(job)),
};

type Operation = (job: HeldJob) => Promise<unknown>;

/** Every way in which the library writes an image. */
const OPERATIONS = {
  enqueue: () => app.enqueue(ownerId),
  claimNext: () => app.jobs.claimNext({ ...lease, servers: [SERVER], slots: 1_000 }),
  adoptNext: () => app.jobs.adoptNext(lease),
  renew: (job) => app.jobs.renew({ runner: RUNNER, leaseMs: 15_000, jobs: [job] }),
  markSent: (job) => app.jobs.markSent(job),
  complete: (job) => app.jobs.complete(job, imageFile('other')),
  fail: (job) => app.jobs.fail(job, { code: 'Y', message: 'm' }),
  markCancelled: (job) => app.jobs.markCancelled(job),
  requeue: (job) => app.jobs.requeue(job),
  requestCancel: ({ id }) => app.jobs.requestCancel(id, ownerId),
  orphanExpired: () => app.jobs.orphanExpired(),
  handOver: () => app.jobs.handOver(RUNNER),
  create: () => app.images.create({ ownerId, prompt: 'p', seed: '1', width: 64, height: 64 }),
  like: ({ id }) => app.images.like(id, ownerId),
  unlike: ({ id }) => app.images.unlike(id, ownerId),
  softDelete: ({ id }) => app.images.softDelete(id, ownerId),
  forgetDeleted: ({ id }) => files.forgetDeleted([id]),
} satisfies Record<string, Operation>;

const READS = ['constructor', 'findById', 'list', 'listDeleted', 'knownFileKeys', 'change', 'backlog'];

/** The steps from one status to another that were taken, by the operation that took them. */
async function stepsTaken(): Promise<Set<string>> {
  const steps = new Set<string>();
  for (const [name, operation] of Object.entries<Operation>(OPERATIONS)) {
    for (const state of Object.values(STATES)) {
      for (const deleted of [false, true]) {
        await app.clear();
        const job = await state();
        if (deleted) await changed(job, deletedLongAgo);
        await app.database.write((queries) => queries.execute(sql`delete from steps`));
        await operation(job);
        const { rows } = await app.database.read((queries) =>
          queries.execute<{ old_status: string | null; new_status: string | null }>(sql`select * from steps`),
        );
        for (const { old_status, new_status } of rows) {
          if (old_status !== new_status)
            steps.add(`${old_status ?? '[*]'} --> ${new_status ?? '[*]'}: ${name}`);
        }
      }
    }
  }
  return steps;
}

/** The arrows of the diagram, one for each of the operations that stand at it. */
function stepsDrawn(): Set<string> {
  const [, diagram = ''] = /```mermaid\nstateDiagram-v2\n([^`]*)```/.exec(GUIDE) ?? [];
  const arrows = [...diagram.matchAll(/^ +(\S+) --> (\S+): (.+)$/gm)];
  expect(arrows).toHaveLength(diagram.match(/-->/g)?.length ?? -1);
  return new Set(
    arrows.flatMap(([, from, to, words = '']) =>
      words.split(', ').map((name) => `${from} --> ${to}: ${name}`),
    ),
  );
}

describe('the life of a job', () => {
  it('is what the diagram of the guide shows: no step is missing there, and none invented', async () => {
    expect([...stepsDrawn()].sort()).toEqual([...(await stepsTaken())].sort());
  });

  it('has the statuses of the schema', () => {
    const drawn = [...stepsDrawn()].flatMap((step) => step.split(/ --> |: /).slice(0, 2));
    expect(new Set(drawn)).toEqual(new Set(['[*]', ...IMAGE_STATUSES]));
  });

  it('is written by no operation that is not tried here', () => {
    const all = [ImageJobRepository, ImageRepository, ImageFileRepository].flatMap((type) =>
      Object.getOwnPropertyNames(type.prototype),
    );
    const tried = Object.keys(OPERATIONS);
    expect(all.filter((name) => !READS.includes(name) && !tried.includes(name))).toEqual([]);
  });
});
