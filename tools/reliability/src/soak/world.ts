import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComfyUiProcess, startComfyUiProcess } from '@sluice/testing-comfyui';
import {
  type FaultProxy,
  provideDatabase,
  type RedisProcess,
  startFaultProxy,
  startRedis,
} from '@sluice/testing-servers';
import { Instance } from './instance';
import { StallWatch } from './stall-watch';
import type { Timeline } from './timeline';

export const INSTANCES = 2;
/** Sign-ins a minute, of one e-mail and of one address. */
export const SIGN_INS = 30;
/** So long a decision waits for Redis, in ms: a busy machine is no broken Redis. */
export const DECIDES_WITHIN_MS = 1_000;

/** Real servers, and two instances of the API, each with a way of its own to Redis that can be broken. */
export interface World {
  readonly redis: RedisProcess;
  readonly proxies: readonly FaultProxy[];
  readonly instances: readonly Instance[];
  readonly comfy: ComfyUiProcess;
  /** Resolves when each stall so far is in the timeline. */
  stallsNoted(): Promise<void>;
  close(): Promise<void>;
}

/** @param timeline in which it is noted who stands still */
export async function startWorld(timeline: Timeline): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
  const closers: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const kept = <T extends { stop(): Promise<unknown> }>(server: T): T => {
    closers.unshift(() => server.stop());
    return server;
  };
  const close = async () => {
    for (const one of closers) await one();
  };
  try {
    const redis = kept(await startRedis());
    const database = kept(await provideDatabase());
    const comfy = kept(
      await startComfyUiProcess({ paintMs: 300, previews: false, directory: join(folder, 'comfy') }),
    );
    const proxies: FaultProxy[] = [];
    const instances: Instance[] = [];
    for (let n = 0; n < INSTANCES; n++) {
      const proxy = await startFaultProxy({ port: redis.port });
      closers.unshift(() => proxy.close());
      proxies.push(proxy);
      const env = {
        REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
        DATABASE_URL: database.url,
        COMFYUI_URLS: comfy.url,
        COMFYUI_CHECKPOINT: 'sluice-simulator.safetensors',
        IMAGES_DIR: join(folder, 'images'),
        IMAGE_QUOTA: '1000',
        LOG_LEVEL: 'warn',
        // Everybody comes from an address of his own.
        TRUSTED_PROXIES: 'loopback',
        THROTTLE_REQUESTS_PER_MINUTE: '100000',
        THROTTLE_IMAGES_PER_MINUTE: '1000',
        THROTTLE_SIGN_IN_PER_MINUTE: String(SIGN_INS),
        THROTTLE_INSTANCES: String(INSTANCES),
        THROTTLE_DEADLINE_MS: String(DECIDES_WITHIN_MS),
      };
      instances.push(kept(await Instance.start(env, (from, to) => timeline.stalled(n, from, to))));
    }
    const watch = kept(new StallWatch(timeline, redis.port, database.url));
    const stallsNoted = async () => {
      watch.look();
      // Who has ended says nothing, and that is noticed elsewhere.
      await Promise.allSettled(instances.map((one) => one.saysStalls()));
    };
    return { redis, proxies, instances, comfy, stallsNoted, close };
  } catch (error) {
    await close();
    throw error;
  }
}
