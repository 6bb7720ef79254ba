import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import { imageFile, type ImageJobsApp, RUNNER, startImageJobsApp } from '../../testing/image-jobs-app';
import { images } from '../schema/images';
import { ImageFileRepository } from './image-file.repository';

const DAY = 24 * 3_600_000;

let server: ProvidedDatabase;
let app: ImageJobsApp;
let files: ImageFileRepository;
let ownerId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  files = app.get(ImageFileRepository);
  ownerId = await app.anOwner();
});

beforeEach(() => app.clear());

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

/** A completed image. */
async function withFile(key: string): Promise<string> {
  const id = await app.enqueue(ownerId);
  await app.jobs.complete(await app.claim(), imageFile(key));
  return id;
}

/** It was deleted so many days ago. */
async function deleteFor(id: string, days: number): Promise<string> {
  await app.images.softDelete(id, ownerId);
  const deletedAt = sql`now() - ${days * 24} * interval '1 hour'`;
  await app.database.write((queries) => queries.update(images).set({ deletedAt }).where(eq(images.id, id)));
  return id;
}

const left = async () =>
  (await app.database.read((queries) => queries.select({ id: images.id }).from(images))).map(({ id }) => id);

it('lists what was deleted more than 30 days ago with its files, oldest first, and forgets it then', async () => {
  const second = await deleteFor(await withFile('b'), 31);
  const first = await deleteFor(await withFile('a'), 32);
  const withoutFile = await deleteFor(await app.enqueue(ownerId), 30.5);
  const kept = [await deleteFor(await withFile('c'), 29.9), await withFile('d'), await app.enqueue(ownerId)];

  const listed = await files.listDeleted();
  expect(listed.map(({ id, fileKeys }) => [id, fileKeys])).toEqual([
    [first, ['a', 'a.thumb']],
    [second, ['b', 'b.thumb']],
    [withoutFile, []],
  ]);
  // Nothing is gone before it is said that its files are: whoever dies in between finds it again.
  expect(await files.listDeleted()).toEqual(listed);
  expect(await files.forgetDeleted([second])).toBe(1);
  expect(await files.forgetDeleted([second])).toBe(0);
  expect((await files.listDeleted()).map(({ id }) => id)).toEqual([first, withoutFile]);
  expect(await files.forgetDeleted([first, withoutFile])).toBe(2);
  expect(await files.listDeleted()).toEqual([]);
  expect((await left()).sort()).toEqual(kept.sort());
});

it('forgets nothing that is there, was deleted lately, or still runs, whatever it is asked for', async () => {
  const running = await app.enqueue(ownerId);
  await app.claim();
  await deleteFor(running, 40);
  const ids = [
    running,
    await withFile('a'),
    await deleteFor(await withFile('b'), 29),
    await app.enqueue(ownerId),
  ];
  expect(await files.listDeleted()).toEqual([]);
  expect(await files.forgetDeleted(ids)).toBe(0);
  expect((await left()).sort()).toEqual([...ids].sort());

  await app.jobs.handOver(RUNNER);
  expect(await files.listDeleted()).toEqual([]);
  await app.jobs.complete(await app.adopt(RUNNER), imageFile('c'));
  expect(await files.listDeleted()).toMatchObject([{ id: running, fileKeys: ['c', 'c.thumb'] }]);
  expect(await files.forgetDeleted(ids)).toBe(1);
});

it('goes by the clock of the database, or by the moment that it is given', async () => {
  const id = await deleteFor(await withFile('a'), 29);
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 365 * DAY);
  expect(await files.listDeleted()).toEqual([]);
  jest.restoreAllMocks();
  const asOf = new Date(Date.now() + 2 * DAY);
  expect(await files.listDeleted({ asOf })).toHaveLength(1);
  expect(await files.forgetDeleted([id])).toBe(0);
  expect(await files.forgetDeleted([id], { asOf })).toBe(1);
});

it('gives 1,000 at a time, and goes on behind those whose files could not be removed', async () => {
  await app.database.write((queries) =>
    queries.execute(sql`
      insert into images (id, owner_id, status, prompt, seed, width, height, deleted_at)
      select gen_random_uuid(), ${ownerId}, 'cancelled', 'p', '1', 64, 64,
        now() - interval '31 days' - (n / 100) * interval '1 second'
      from generate_series(1, 2500) n`),
  );
  const batches: string[][] = [];
  for (
    let batch = await files.listDeleted();
    batch.length > 0;
    batch = await files.listDeleted({ after: batch.at(-1) })
  )
    batches.push(batch.map(({ id }) => id));
  expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  expect(new Set(batches.flat()).size).toBe(2_500);
  expect(await files.forgetDeleted(batches.flat())).toBe(2_500);
});

it('reads no table once for each image, also where nobody has analyzed it', async () => {
  for (let batch = 0; batch < 5; batch += 1) {
    await app.database.write((queries) =>
      queries.execute(sql`
        insert into images (id, owner_id, status, prompt, seed, width, height, completed_at, deleted_at,
          file_key, thumb_key, content_type, bytes, sha256)
        select gen_random_uuid(), ${ownerId}, 'completed', 'p', '1', 64, 64, now(),
          case when n % 2 = 0 then now() - interval '31 days' end,
          ${`file ${batch} `} || n, ${`thumb ${batch} `} || n, 'image/png', 1, ${'0'.repeat(64)}
        from generate_series(1, 4000) n`),
    );
  }
  // A hundred times what one reading takes; one for each image would take several times as long.
  const hurried = await startImageJobsApp({ url: server.url, statementTimeoutMs: 1_000 });
  try {
    const listed = await hurried.get(ImageFileRepository).listDeleted();
    expect(listed).toHaveLength(1_000);
    expect(listed.every(({ fileKeys }) => fileKeys.length === 2)).toBe(true);
  } finally {
    await hurried.close();
  }
});

it('run by several at once forgets every image once', async () => {
  for (let n = 0; n < 20; n++) await deleteFor(await withFile(`${n}`), 31);
  const ids = (await files.listDeleted()).map(({ id }) => id);
  const counts = await Promise.all([ids, [...ids].reverse(), ids].map((order) => files.forgetDeleted(order)));
  const rest = await files.forgetDeleted(ids);
  expect(counts.reduce((sum, count) => sum + count, rest)).toBe(20);
  expect(await left()).toEqual([]);
});

describe('a file that several images share', () => {
  it('goes with the last of them', async () => {
    const [live, late, old] = [await withFile('same'), await withFile('same'), await withFile('same')];
    await deleteFor(late, 20);
    await deleteFor(old, 31);
    expect(await files.listDeleted()).toMatchObject([{ id: old, fileKeys: [] }]);
    await deleteFor(live, 31);
    expect(await files.listDeleted()).toMatchObject([{ fileKeys: [] }, { fileKeys: [] }]);
    await deleteFor(late, 31);
    const all = { fileKeys: ['same', 'same.thumb'] };
    expect(await files.listDeleted()).toMatchObject([all, all, all]);
  });

  it('stays, also if one uses it as its picture and the other as its thumbnail', async () => {
    await withFile('a');
    await app.database.write((queries) => queries.update(images).set({ thumbKey: 'b' }));
    const old = await deleteFor(await withFile('b'), 31);
    expect(await files.listDeleted()).toMatchObject([{ id: old, fileKeys: ['b.thumb'] }]);
  });
});

it('knows which keys are in use, by deleted images too', async () => {
  await withFile('a');
  await deleteFor(await withFile('b'), 29);
  const gone = await deleteFor(await withFile('c'), 31);
  await app.enqueue(ownerId);
  const keys = ['a', 'a.thumb', 'b', 'b.thumb', 'c', 'c.thumb', 'd'];
  expect(await files.knownFileKeys(keys)).toEqual(new Set(keys.slice(0, 6)));
  await files.forgetDeleted([gone]);
  expect(await files.knownFileKeys(keys)).toEqual(new Set(keys.slice(0, 4)));
  expect(await files.knownFileKeys([])).toEqual(new Set());
});
