import { randomUUID } from 'node:crypto';
import { ImageJobRepository } from '@sluice/data-access-database';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { executeSql, provideDatabase, type RedisProcess, startRedis } from '@sluice/testing-servers';
import { pollUntil } from '../../testing/poll-until';
import { useScratchFolder } from '../../testing/scratch-folder';
import { type ImagesApp, serveImages } from '../../testing/serve-images';
import type { ImageModuleOptions } from '../image.options';

let redis: RedisProcess;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let keyPrefix: string;
const folder = useScratchFolder();
const apps: ImagesApp[] = [];

beforeAll(async () => {
  [redis, database] = await Promise.all([startRedis(), provideDatabase()]);
});

beforeEach(async () => {
  keyPrefix = `test-${randomUUID()}:`;
  comfy = await startComfyUi({ paintMs: 50 });
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await comfy.stop();
  await executeSql(database.url, 'truncate users cascade');
});

afterAll(() => Promise.all([redis?.stop(), database?.stop()]));

/** One more process on the same servers. */
async function serve(options: ImageModuleOptions = {}): Promise<ImagesApp> {
  const servers = { redisUrl: redis.url, databaseUrl: database.url, directory: folder() };
  const app = await serveImages({ ...servers, keyPrefix, comfyUiUrls: [comfy.url] }, options);
  apps.push(app);
  return app;
}

const runs = () => comfy.ledger.entries.filter(({ what }) => what === 'run').length;
const accepted = () => comfy.ledger.entries.filter(({ what }) => what === 'accepted').length;
const pictures = () => comfy.ledger.painted.length;

describe('a job', () => {
  it('whose process is told to end is handed over at once, and painted once', async () => {
    const first = await serve({ worker: { lease: 600_000 } });
    const ada = await first.createUser();
    await comfy.faults.on('never-ends', {});
    const { id } = await first.ask(ada);
    await pollUntil(() => runs() === 1);
    const second = await serve();
    await first.close();
    await comfy.faults.off('never-ends');
    await second.reaches(ada, id, 'completed');
    expect({ runs: runs(), pictures: pictures() }).toEqual({ runs: 1, pictures: 1 });
  });

  it.each([false, true])(
    'whose runner says nothing any more is taken over, and that one writes nothing any more (sent: %s)',
    async (sent) => {
      const app = await serve();
      const ada = await app.createUser();
      await comfy.faults.on('refuse', {});
      await pollUntil(() => app.runner.servers()[0]?.state === 'away');
      const { id } = await app.ask(ada);
      const jobs = app.get(ImageJobRepository);
      const frozen = { runner: 'frozen', servers: [comfy.url], slots: 2, leaseMs: 500 };
      const job = await jobs.claimNext(frozen);
      if (job?.id !== id) throw new Error('it was not claimed');
      if (sent) await jobs.markSent(job);
      await comfy.faults.off('refuse');
      await app.reaches(ada, id, 'completed');
      expect(await jobs.fail(job, { code: 'X', message: 'late' })).toBe(false);
      expect(await jobs.requeue(job)).toBeNull();
      expect((await app.see(ada, id)).status).toBe('completed');
      expect(pictures()).toBe(1);
    },
  );

  it('that the server has forgotten runs again', async () => {
    const app = await serve();
    const ada = await app.createUser();
    await comfy.faults.on('never-ends', {});
    const { id } = await app.ask(ada);
    await pollUntil(() => runs() === 1);
    await comfy.faults.off('never-ends');
    await comfy.restart();
    await app.reaches(ada, id, 'completed');
    expect(pictures()).toBe(1);
  });

  it('of which nobody knows whether it was accepted is looked up, and not sent again', async () => {
    const app = await serve();
    const ada = await app.createUser();
    await comfy.faults.on('lost-reply', { times: 1 });
    const { id } = await app.ask(ada);
    await app.reaches(ada, id, 'completed');
    expect({ accepted: accepted(), pictures: pictures() }).toEqual({ accepted: 1, pictures: 1 });
  });

  it('that runs out of memory is tried once more', async () => {
    const app = await serve();
    const ada = await app.createUser();
    await comfy.faults.on('out-of-memory', { times: 1 });
    await app.reaches(ada, (await app.ask(ada)).id, 'completed');
    expect(runs()).toBe(2);
    await comfy.faults.on('out-of-memory', {});
    const failed = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
    expect(failed.error).toEqual({ code: 'OUT_OF_MEMORY', message: expect.stringContaining('smaller') });
    expect(runs()).toBe(4);
  });

  it('for which the server lacks the model fails with a reason', async () => {
    const app = await serve();
    const ada = await app.createUser();
    await comfy.faults.on('missing-model', {});
    const { error } = await app.reaches(ada, (await app.ask(ada)).id, 'failed');
    expect(error?.code).toBe('MODEL_MISSING');
  });

  it('waits while no server is there', async () => {
    await comfy.faults.on('refuse', {});
    const app = await serve();
    const ada = await app.createUser();
    const { id } = await app.ask(ada);
    await pollUntil(() => app.runner.servers()[0]?.problem !== undefined);
    expect((await app.see(ada, id)).status).toBe('queued');
    await comfy.faults.off('refuse');
    await app.reaches(ada, id, 'completed');
  });

  it('that runs while Redis is lost is followed to its end; a new one waits, and is painted afterwards', async () => {
    const app = await serve({ worker: { idlePoll: 60_000 } }); // nobody calls for it, and this would be too late
    const ada = await app.createUser();
    await comfy.faults.on('never-ends', {});
    const running = await app.ask(ada);
    await pollUntil(() => runs() === 1);
    await redis.kill();
    try {
      const headers = { 'idempotency-key': randomUUID() };
      const body = { prompt: 'x', width: 64, height: 64 };
      const send = () => app.call<{ id: string }>('POST', '', { userId: ada, body, headers });
      const answers = await Promise.all(Array.from({ length: 50 }, send));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(new Set(answers.map(({ bytes }) => bytes.toString())).size).toBe(1);
      await comfy.faults.off('never-ends');
      await app.reaches(ada, running.id, 'completed');
      const waiting = answers[0]?.body.id as string;
      expect((await app.see(ada, waiting)).status).toBe('queued');
      await redis.restart();
      await app.reaches(ada, waiting, 'completed');
    } finally {
      await redis.restart();
    }
    expect(pictures()).toBe(2);
  });
});

describe('cancelling', () => {
  const cancel = (app: ImagesApp, userId: string, id: string) =>
    app.call<{ status: string }>('POST', `/${id}/cancel`, { userId });

  it('what waits in the database is done at once, and again', async () => {
    await comfy.faults.on('refuse', {});
    const app = await serve();
    const ada = await app.createUser();
    const { id } = await app.ask(ada);
    for (let time = 0; time < 2; time += 1) {
      expect(await cancel(app, ada, id)).toMatchObject({ status: 202, body: { status: 'cancelled' } });
    }
    expect(accepted()).toBe(0);
  });

  it('what runs, and what waits at the server, frees the server', async () => {
    const app = await serve({ worker: { lease: 600_000 } });
    const ada = await app.createUser();
    await comfy.faults.on('never-ends', {});
    const ids = [(await app.ask(ada)).id, (await app.ask(ada)).id];
    await pollUntil(() => accepted() === 2);
    for (const id of ids.reverse()) {
      expect((await cancel(app, ada, id)).status).toBe(202);
      await app.reaches(ada, id, 'cancelled');
    }
    await comfy.faults.off('never-ends');
    expect(pictures()).toBe(0);
    await app.reaches(ada, (await app.ask(ada)).id, 'completed');
  });

  it('on a process that does not run the job reaches the one that does', async () => {
    const app = await serve({ worker: { lease: 600_000 } });
    const ada = await app.createUser();
    await comfy.faults.on('never-ends', {});
    const { id } = await app.ask(ada);
    await pollUntil(() => runs() === 1);
    const other = await serve();
    await cancel(other, ada, id);
    await other.reaches(ada, id, 'cancelled');
  });

  it('without Redis is found with the next renewal', async () => {
    const app = await serve({ worker: { lease: 1_500 } });
    const ada = await app.createUser();
    await comfy.faults.on('never-ends', {});
    const { id } = await app.ask(ada);
    await pollUntil(() => runs() === 1);
    await redis.kill();
    try {
      await cancel(app, ada, id);
      await app.reaches(ada, id, 'cancelled');
    } finally {
      await redis.restart();
    }
  });

  it('at any moment ends as cancelled or completed, and what is cancelled has no file', async () => {
    const app = await serve();
    const ada = await app.createUser();
    const ends = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const { id } = await app.ask(ada);
        const stages = ['queued', 'generating', 'completed'] as const;
        await app.reaches(ada, id, ...stages.slice(i % 3));
        await cancel(app, ada, id);
        return app.reaches(ada, id, 'cancelled', 'completed');
      }),
    );
    for (const { status, links } of ends) expect(links.file === undefined).toBe(status === 'cancelled');
    const statuses = ends.map(({ status }) => status);
    expect(statuses).toContain('cancelled');
    expect(statuses).toContain('completed');
  });

  it('by deleting frees the server too', async () => {
    const app = await serve({ worker: { lease: 600_000 } });
    const ada = await app.createUser();
    await comfy.faults.on('never-ends', {});
    const { id } = await app.ask(ada);
    await pollUntil(() => runs() === 1);
    await app.call('DELETE', `/${id}`, { userId: ada });
    await pollUntil(() =>
      comfy.ledger.entries.some((entry) => entry.what === 'ended' && entry.outcome === 'interrupted'),
    );
  });
});

it('no server waits for work while a second job waits at another', async () => {
  const second = await startComfyUi({ paintMs: 50 });
  try {
    const urls = [comfy.url, second.url];
    // So patient that neither is away for a moment because this machine is busy.
    const patience = { connectTimeoutMs: 20_000, probeTimeoutMs: 20_000, requestTimeoutMs: 20_000 };
    const app = await serve({ comfyui: { urls, ...patience, socketSilenceMs: 20_000 } });
    const ada = await app.createUser();
    await Promise.all([comfy, second].map(({ faults }) => faults.on('never-ends', {})));
    await pollUntil(() => app.runner.servers().every(({ state }) => state === 'ready'));
    const runsOf = ({ ledger }: ComfyUi) => ledger.entries.filter(({ what }) => what === 'run').length;
    await app.ask(ada);
    await pollUntil(() => runsOf(comfy) + runsOf(second) === 1);
    await app.ask(ada);
    await pollUntil(() => runsOf(comfy) === 1 && runsOf(second) === 1);
    await apps.pop()?.close();
  } finally {
    await second.stop();
  }
});

it('no more jobs are in flight on one server than it has slots, over all processes', async () => {
  const [one, two] = await Promise.all([serve(), serve()]);
  const ada = await one.createUser();
  await comfy.faults.on('never-ends', {});
  const images = await Promise.all([one, two, one, two, one].map((app) => app.ask(ada)));
  const statuses = () => Promise.all(images.map(async ({ id }) => (await one.see(ada, id)).status));
  await pollUntil(async () => (await statuses()).filter((status) => status === 'generating').length === 2);
  await pollUntil(() => accepted() === 2);
  await comfy.faults.off('never-ends');
  await Promise.all(images.map(({ id }) => one.reaches(ada, id, 'completed')));
  expect({ accepted: accepted(), pictures: pictures() }).toEqual({ accepted: 5, pictures: 5 });
});
