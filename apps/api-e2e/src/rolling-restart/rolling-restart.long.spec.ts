import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComfyUi, startComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, provideRedis, until } from '@sluice/testing-servers';
import { serveApi, type ServedApi } from '../support/served-api';
import { People } from './people';
import { ReadyProxy } from './ready-proxy';

const INSTANCES = 3;
const PEOPLE = 6;
/** Longer than it takes the proxy to see that an instance is not ready, on a busy machine too. */
const SHUTDOWN_DELAY_MS = 4_000;

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let folder: string;
const proxy = new ReadyProxy();
const instances: ServedApi[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-rolling-'));
  [redis, database, comfy] = await Promise.all([
    provideRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 300, previews: false }),
  ]);
  await proxy.listen();
}, 60_000);

afterAll(async () => {
  await proxy.close();
  await Promise.all(instances.map((instance) => instance.stop()));
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const keyPrefix = `e2e-rolling-${process.pid}-${Date.now()}`;

async function start(): Promise<ServedApi> {
  const instance = await serveApi({
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: keyPrefix,
    DATABASE_URL: database.url,
    COMFYUI_URLS: comfy.url,
    COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
    IMAGES_DIR: folder,
    IMAGE_QUOTA: '1000',
    THROTTLE_IMAGES_PER_MINUTE: '1000',
    SHUTDOWN_DELAY_MS: String(SHUTDOWN_DELAY_MS),
    LOG_LEVEL: 'info',
  });
  instances.push(instance);
  await proxy.add(instance.url);
  return instance;
}

it('three instances are replaced one after the other under load, and no request fails', async () => {
  const running = await Promise.all(Array.from({ length: INSTANCES }, start));
  const people = new People(proxy.url);
  await people.begin(PEOPLE);
  const startedAt = Date.now();
  try {
    const { done } = people;
    const active = () => done.images > 1 && done.signIns > 1;
    await until('everybody is at work', active, 60_000);
    for (const old of running) {
      // Nothing is painted to its end before the instance has ended: who watches there must go on elsewhere.
      await comfy.faults.on('never-ends', {});
      const { completed } = await people.watchAt(old.url);
      expect(await old.stop('SIGTERM')).toBe(0);
      proxy.remove(old.url);
      await comfy.faults.off('never-ends');
      await completed;
      await start();
    }
  } finally {
    await people.end();
  }
  const { failures, durations, done } = people;
  console.info('Three instances were replaced:', {
    requests: durations.length,
    failed: failures.length,
    lostByTheProxy: proxy.losses.length,
    seconds: Math.round((Date.now() - startedAt) / 1_000),
    ...percentiles(durations),
    ...done,
    answeredByEach: proxy.answered,
  });
  expect(failures).toEqual([]);
  expect(proxy.losses).toEqual([]);
  // Every instance was used, and watched when it ended.
  expect(proxy.answered).toHaveLength(2 * INSTANCES);
  expect(Math.min(...proxy.answered)).toBeGreaterThan(0);
  expect(done.continuedStreams).toBeGreaterThanOrEqual(INSTANCES);
  expect(comfy.ledger.paintedTwice).toEqual([]);
  expect(instances.map((instance) => instance.output()).join()).not.toMatch(/unhandled|uncaught/i);
}, 480_000);

/** In ms. */
function percentiles(durations: readonly number[]) {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), longest: at(1) };
}
