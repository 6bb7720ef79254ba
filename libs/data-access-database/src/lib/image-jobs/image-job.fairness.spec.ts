import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { type ImageJobsApp, SERVER, startImageJobsApp } from '../../testing/image-jobs-app';
import { passTime } from '../../testing/pass-time';

let server: ProvidedDatabase;
let app: ImageJobsApp;
/** Ids by name, and back. */
let owners: Record<string, string>;
let names: Record<string, string>;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
  owners = { ada: await app.anOwner(), bob: await app.anOwner(), cyd: await app.anOwner() };
  names = Object.fromEntries(Object.entries(owners).map(([name, id]) => [id, name]));
});

beforeEach(() => app.clear());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

/** One after another, a second apart. */
async function enqueue(...who: string[]): Promise<void> {
  for (const name of who) {
    await app.enqueue(owners[name] as string);
    await passTime(app.database, 1_000);
  }
}

/** So many jobs, one after another with a single slot. @returns whose they were */
async function serve(count: number): Promise<string[]> {
  const served: string[] = [];
  for (let n = 0; n < count; n++) {
    const job = await app.claim({ slots: 1 });
    await passTime(app.database, 1_000);
    await app.jobs.fail(job, { code: 'E', message: 'm' });
    served.push(names[job.ownerId] as string);
  }
  return served;
}

it('one owner’s jobs are claimed in the order in which they came', async () => {
  await enqueue('ada', 'ada', 'ada');
  const claimed = [await app.claim(), await app.claim(), await app.claim()];
  const times = claimed.map(({ createdAt }) => createdAt.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

it('who has the fewest in flight comes first, on whatever server these are', async () => {
  await enqueue('ada', 'ada', 'ada', 'ada', 'bob', 'bob', 'cyd');
  const claimed: string[] = [];
  for (let n = 0; n < 7; n++) {
    const { ownerId } = await app.claim({ servers: [`http://${n % 3}`] });
    claimed.push(names[ownerId] as string);
    await passTime(app.database, 1_000);
  }
  expect(claimed).toEqual(['ada', 'bob', 'cyd', 'ada', 'bob', 'ada', 'ada']);
});

it('who has one in flight comes after who has none, however lately that one had a turn', async () => {
  await enqueue('ada', 'bob', 'ada', 'bob');
  await app.claim({ slots: 2 });
  await passTime(app.database, 60_000);
  await app.jobs.fail(await app.claim({ slots: 2 }), { code: 'E', message: 'm' });
  expect(names[(await app.claim({ slots: 2 })).ownerId]).toBe('bob');
});

it('what is being cancelled still counts as in flight', async () => {
  await enqueue('ada', 'ada', 'bob');
  const { id } = await app.claim();
  await app.jobs.requestCancel(id, owners['ada'] as string);
  expect(names[(await app.claim()).ownerId]).toBe('bob');
});

it('with a single slot owners take turns, however many jobs one of them has', async () => {
  await enqueue('ada', 'ada', 'ada', 'ada', 'ada', 'bob', 'bob', 'cyd');
  expect(await serve(8)).toEqual(['ada', 'bob', 'cyd', 'ada', 'bob', 'ada', 'ada', 'ada']);
});

it('who comes later waits no longer than a turn of each who was there, and goes before none who waits longer', async () => {
  await enqueue('ada', 'ada', 'ada', 'bob', 'bob', 'bob');
  expect(await serve(2)).toEqual(['ada', 'bob']);
  await enqueue('cyd');
  expect(await serve(5)).toEqual(['ada', 'bob', 'cyd', 'ada', 'bob']);
});

it('a job whose time has not come holds up nobody, not even its owner', async () => {
  await enqueue('ada', 'ada', 'bob');
  const first = await app.claim({ slots: 1 });
  await app.jobs.requeue(first, { delayMs: 60_000 });
  expect(await serve(2)).toEqual(['bob', 'ada']);
  expect(await app.jobs.claimNext({ runner: 'r', servers: [SERVER], slots: 1, leaseMs: 1_000 })).toBeNull();
  await passTime(app.database, 60_000);
  expect((await app.claim()).id).toBe(first.id);
});
