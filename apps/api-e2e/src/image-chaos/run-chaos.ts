import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ComfyUiProcess, startComfyUiProcess } from '@sluice/testing-comfyui';
import { provideDatabase, type RedisProcess, seededRandom, startRedis } from '@sluice/testing-servers';
import { type Asked, People } from './asking';
import { Fleet } from './fleet';
import { isFinal, recordHistory } from './job-history';
import { pick } from './pick';

export interface ChaosPlan {
  seed: number;
  jobs: number;
  /** At least three leases. */
  paintMs: number;
  leaseMs: number;
  slotsPerServer: number;
  /** Every tenth, at some moment. */
  cancels: boolean;
  /** How long after one disturbance the next one comes, in ms. */
  every: number;
  /** What is done, in turn, until all jobs have ended; or only once each. */
  disturbances: readonly Disturbance[];
  repeat: boolean;
  /** From when on nothing is done any more, in ms: on a slow machine jobs would never come to an end. */
  calmAfter: number;
  /** In ms, for all jobs to end. */
  patience: number;
}

export type Disturbance = 'kill' | 'freeze' | 'delay' | 'term' | 'redis' | 'comfyui';

/** What is there when all jobs have ended, and how it came to that. */
export interface ChaosWorld {
  databaseUrl: string;
  /** Where the files of the images lie. */
  folder: string;
  fleet: Fleet;
  people: People;
  asked: Asked[];
  comfies: ComfyUiProcess[];
  restarts: { redis: number; comfyui: number };
  close(): Promise<void>;
}

const PROCESSES = 3;
const PEOPLE = 5;

/** Lets people ask for images while everything breaks. @throws Error when the jobs do not end in time */
export async function runChaos(plan: ChaosPlan): Promise<ChaosWorld> {
  const random = seededRandom(plan.seed);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  const paint = { paintMs: plan.paintMs, previews: false };
  const [redis, database, ...comfies] = await Promise.all([
    startRedis(),
    provideDatabase(),
    // Both dialects.
    startComfyUiProcess({ ...paint, version: '0.33.0' }),
    startComfyUiProcess({ ...paint, version: '0.3.64' }),
  ]);
  const fleet = new Fleet(
    {
      REDIS_URL: redis.url,
      COMFYUI_URLS: comfies.map(({ url }) => url).join(),
      COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
      COMFYUI_FORGOTTEN_AFTER_MS: '1000',
      COMFYUI_PROBE_INTERVAL_MS: '500',
      IMAGES_DIR: folder,
      IMAGE_LEASE_MS: String(plan.leaseMs),
      IMAGE_SLOTS_PER_SERVER: String(plan.slotsPerServer),
      IMAGE_QUOTA: '1000',
      THROTTLE_IMAGES_PER_MINUTE: '1000',
      LOG_LEVEL: 'info',
    },
    database.url,
    random,
  );
  const people = new People(fleet);
  const world: ChaosWorld = {
    databaseUrl: database.url,
    folder,
    fleet,
    people,
    asked: [],
    comfies,
    restarts: { redis: 0, comfyui: 0 },
    async close() {
      await fleet.stop();
      await Promise.all([redis.stop(), database.stop(), ...comfies.map((comfy) => comfy.stop())]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await fleet.start(PROCESSES);
    await recordHistory(database.url);
    await people.register(PEOPLE);
    const ended = new AbortController();
    const both = await Promise.allSettled([
      askAndWait(world, plan, random, ended.signal).finally(() => ended.abort()),
      // It ends first only if it has failed or has nothing more to do.
      disturb(world, redis, plan, random, ended.signal).catch((error: unknown) => {
        ended.abort(error);
        throw error;
      }),
    ]);
    for (const part of both) if (part.status === 'rejected') throw part.reason;
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** @throws Error when they do not end in time, or the end has come otherwise */
async function askAndWait(
  { people, asked }: ChaosWorld,
  { jobs, cancels, paintMs, patience }: ChaosPlan,
  random: () => number,
  end: AbortSignal,
): Promise<void> {
  for (let n = 0; n < jobs; n++) asked.push(await people.ask(n));
  const unwanted = asked
    .filter((_, n) => cancels && n % 10 === 0)
    .map((one) => ({ one, at: Date.now() + random() * jobs * paintMs * 0.4 }));
  const deadline = Date.now() + patience;
  let left = [...asked];
  while (left.length > 0) {
    end.throwIfAborted();
    if (Date.now() > deadline)
      throw new Error(`${left.length} images have not ended, such as ${left[0]?.id}`);
    for (const due of unwanted.filter(({ at }) => at <= Date.now())) {
      unwanted.splice(unwanted.indexOf(due), 1);
      await people.cancel(due.one);
    }
    const [first] = left as [Asked];
    if (isFinal((await people.see(first)).status)) left = left.slice(1);
    else await pause(200);
  }
}

/** One after another and each beside the one before, as far as there is somebody left whom it can hit. */
async function disturb(
  { fleet, comfies, restarts }: ChaosWorld,
  redis: RedisProcess,
  { disturbances, repeat, calmAfter, every, leaseMs }: ChaosPlan,
  random: () => number,
  ended: AbortSignal,
): Promise<void> {
  const how: Record<Disturbance, () => Promise<unknown>> = {
    kill: () => fleet.kill(),
    freeze: () => fleet.freeze(leaseMs * (1.5 + 2 * random())),
    // Until others have its jobs, and what it writes comes while they are at them.
    delay: () => fleet.delay(leaseMs * (3 + 3 * random())),
    term: () => fleet.term(),
    redis: async () => {
      await redis.restart();
      restarts.redis += 1;
    },
    comfyui: async () => {
      await pick(random, comfies)?.restart();
      restarts.comfyui += 1;
    },
  };
  const going: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  let next = [...disturbances];
  const calmAt = Date.now() + calmAfter;
  while (!ended.aborted && next.length > 0 && failures.length === 0 && Date.now() < calmAt) {
    await pause(every * (0.5 + random()), undefined, { signal: ended }).catch(() => undefined);
    const what = next.shift() as Disturbance;
    if (!ended.aborted) going.push(how[what]().catch((error: unknown) => failures.push(error)));
    if (next.length === 0 && repeat) next = [...disturbances];
  }
  await Promise.all(going);
  if (failures.length > 0) throw failures[0];
}
