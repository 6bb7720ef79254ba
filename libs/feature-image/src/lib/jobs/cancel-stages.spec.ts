import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type ImageJob, ImageJobRepository } from '@sluice/data-access-database';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { executeSql, provideDatabase, provideRedis } from '@sluice/testing-servers';
import { pollUntil } from '../../testing/poll-until';
import { useScratchFolder } from '../../testing/scratch-folder';
import { type ImagesApp, serveImages } from '../../testing/serve-images';
import type { PutOptions } from '../storage/image-storage';
import { LocalImageStorage } from '../storage/local/local-image-storage';

/** Lets nothing pass while it is closed. */
class GatedStorage extends LocalImageStorage {
  gate = Promise.resolve();
  waiting = 0;

  override async put(source: Readable, options: PutOptions) {
    this.waiting += 1;
    await this.gate;
    this.waiting -= 1;
    return super.put(source, options);
  }
}

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let app: ImagesApp;
let storage: GatedStorage;
let ada: string;
const folder = useScratchFolder();

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
});

beforeEach(async () => {
  comfy = await startComfyUi({ paintMs: 50 });
  storage = new GatedStorage({ directory: folder() });
  const servers = { redisUrl: redis.url, databaseUrl: database.url, directory: folder() };
  app = await serveImages(
    { ...servers, keyPrefix: `test-${randomUUID()}:`, comfyUiUrls: [comfy.url] },
    { storage, worker: { lease: 1_000 } },
  );
  ada = await app.createUser();
});

afterEach(async () => {
  await app?.close();
  await comfy?.stop();
  await executeSql(database.url, 'truncate users cascade');
});

afterAll(() => Promise.all([redis?.stop(), database?.stop()]));

const count = (what: string) => comfy.ledger.entries.filter((entry) => entry.what === what).length;

/** Asks for an image that runs until somebody stops it. */
async function running(): Promise<string> {
  await comfy.faults.on('never-ends', {});
  const { id } = await app.ask(ada);
  await pollUntil(() => count('run') === 1);
  return id;
}

/** Asks for an image that a process claims which is not heard of again. */
async function claimedByTheDead(): Promise<ImageJob> {
  await comfy.faults.on('refuse', {});
  await pollUntil(() => app.runner.servers()[0]?.state === 'away');
  await app.ask(ada);
  const jobs = app.get(ImageJobRepository);
  const job = await jobs.claimNext({ runner: 'dead', servers: [comfy.url], slots: 2, leaseMs: 600_000 });
  await comfy.faults.off('refuse');
  return job ?? Promise.reject(new Error('it was not claimed'));
}

const endLeases = () => executeSql(database.url, 'update images set leased_until = now()');

/** Each comes to its stage, and says what shall be done once it is cancelled. */
const STAGES: Record<string, () => Promise<{ id: string; afterwards?: () => unknown }>> = {
  'claimed by a process that died before it sent it': async () => ({
    id: (await claimedByTheDead()).id,
    afterwards: endLeases,
  }),

  'sent by a process that died': async () => {
    const job = await claimedByTheDead();
    await comfy.faults.on('never-ends', {});
    await app.get(ImageJobRepository).markSent(job);
    await app.runner.submit(comfy.url, job, new AbortController().signal);
    return { id: job.id, afterwards: endLeases };
  },

  'being sent, and not answered yet': async () => {
    await comfy.faults.on('never-ends', {});
    await comfy.faults.on('slow', { on: 'POST /prompt', ms: 800 });
    const { id } = await app.ask(ada);
    await pollUntil(() => count('accepted') === 1);
    return { id };
  },

  'sent, with a lost answer': async () => {
    await comfy.faults.on('never-ends', {});
    await comfy.faults.on('lost-reply', { times: 1 });
    const { id } = await app.ask(ada);
    await pollUntil(() => count('accepted') === 1);
    return { id };
  },

  'at a server that cannot be reached': async () => {
    const id = await running();
    await comfy.faults.on('refuse', {});
    return { id, afterwards: () => comfy.faults.off('refuse') };
  },

  'forgotten by its server': async () => {
    const id = await running();
    await comfy.restart();
    return { id };
  },

  'waiting for its next attempt': async () => {
    await comfy.faults.on('out-of-memory', {});
    const { id } = await app.ask(ada);
    await pollUntil(async () => count('run') === 1 && (await app.see(ada, id)).status === 'queued');
    return { id };
  },
};

it.each(Object.keys(STAGES))('what is %s is cancelled, and nothing works on it any more', async (stage) => {
  const { id, afterwards } = (await STAGES[stage]?.()) as { id: string; afterwards?: () => unknown };
  const answer = await app.call<{ status: string }>('POST', `/${id}/cancel`, { userId: ada });
  expect(answer.status).toBe(202);
  expect(['cancelling', 'cancelled']).toContain(answer.body.status);
  await afterwards?.();
  const { links } = await app.reaches(ada, id, 'cancelled');
  expect(links.file).toBeUndefined();
  expect(await left()).toEqual({ queue_running: [], queue_pending: [] });
  expect(count('painted')).toBe(0);
});

it('what is being stored is completed, for the picture is there', async () => {
  let open: () => void = () => undefined;
  storage.gate = new Promise((resolve) => (open = resolve));
  const { id } = await app.ask(ada);
  await pollUntil(() => storage.waiting > 0);
  const { body } = await app.call('POST', `/${id}/cancel`, { userId: ada });
  expect(body).toMatchObject({ status: 'cancelling' });
  open();
  const { links } = await app.reaches(ada, id, 'completed');
  expect((await app.call('GET', links.file ?? '')).status).toBe(200);
  // Too late changes nothing.
  const late = await app.call('POST', `/${id}/cancel`, { userId: ada });
  expect(late).toMatchObject({ status: 202, body: { status: 'completed' } });
  expect(await left()).toEqual({ queue_running: [], queue_pending: [] });
});

/** What the server still has to do. */
async function left(): Promise<unknown> {
  return (await fetch(`${comfy.url}/queue`)).json();
}
