import { startFaultProxy, startRedis, startStopwatch } from '@sluice/testing-servers';
import type { FaultProxy, ProxiedConnection, RedisProcess } from '@sluice/testing-servers';
import { RedisError } from '../index';
import type { RedisLock, RedisModuleOptions } from '../index';
import { StoredLeases } from './lease-model/stored-lease';
import type { StoredLease } from './lease-model/stored-lease';
import { closeRedisApps, redisApp, until } from './redis-test-app';
import type { RedisTestApp } from './redis-test-app';

/**
 * For what becomes of locks when something goes wrong: for every test a Redis of its own and three processes that share
 * their keys, `here` behind a fault proxy, `there` and `third` past it. The server runs on this machine, so its clock is
 * `Date.now()`.
 */
export class FaultyLocks {
  server!: RedisProcess;
  proxy!: FaultProxy;
  here!: RedisTestApp;
  there!: RedisTestApp;
  third!: RedisTestApp;

  constructor(options: Partial<RedisModuleOptions> = {}) {
    beforeEach(async () => {
      this.server = await startRedis();
      this.proxy = await startFaultProxy({ port: this.server.port });
      this.here = await redisApp(this.proxy.url, options);
      const keyPrefix = this.here.prefix;
      this.there = await redisApp(this.server.url, { keyPrefix });
      this.third = await redisApp(this.server.url, { keyPrefix });
    });
    afterEach(async () => {
      this.server.thaw();
      await closeRedisApps();
      await this.proxy.close();
      await this.server.stop();
    });
  }

  /** The connection of `here` that carries commands or subscriptions. */
  link(role: 'cmd' | 'sub'): Promise<ProxiedConnection> {
    return this.proxy.connection(({ sent }) => sent.includes(`sluice:${role}:`));
  }

  /** What lies in Redis of a lock. */
  look(name: string): Promise<StoredLease> {
    const key = `${this.here.prefix}lock:{${name}}`;
    return new StoredLeases(this.there.client).look([key, `${key}:queue`]);
  }

  /** When a lock that is held ends in Redis, by its clock. */
  async end(name: string): Promise<number> {
    const { at, holders } = await this.look(name);
    return Math.floor(at / 1_000) + (holders[0]?.leftMs ?? NaN);
  }

  /** Waits until a lock that is held has been renewed so many times. */
  async renewals(name: string, count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      const end = await this.end(name);
      await until('renewed', async () => (await this.end(name)) > end);
    }
  }

  async inLine(name: string, count: number): Promise<void> {
    await until(`${count} stand in line`, async () => (await this.look(name)).line.length === count);
  }
}

/** When the holder is told that the lock is lost. */
export function told(lock: RedisLock): Promise<number> {
  const { signal } = lock;
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(Date.now())));
}

/** How a call failed, and after how long. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; ms: number }> {
  const watch = startStopwatch();
  const reason: unknown = await call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(reason instanceof RedisError)) throw new Error(`not refused: ${String(reason)}`);
  return { code: reason.code, ms: watch.stop() };
}
