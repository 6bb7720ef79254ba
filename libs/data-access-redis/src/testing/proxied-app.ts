import { randomUUID } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, ProxiedConnection, RedisProcess } from '@sluice/testing-servers';
import type { RedisCache, RedisModuleOptions } from '../index';
import { RedisConnection } from '../lib/connection/redis-connection';
import { closeRedisApps, redisApp, until } from './redis-test-app';
import type { RedisTestApp } from './redis-test-app';

const READS = channel('sluice:cache:read');

/**
 * For interleavings: a real Redis for the tests of this file, and for every test two processes that share their
 * keys: `here`, behind a fault proxy, and `there`, which goes past it. Deadlines are long, for replies are held back.
 */
export class ProxiedApp {
  server!: RedisProcess;
  proxy!: FaultProxy;
  here!: RedisTestApp;
  there!: RedisTestApp;
  private emitted!: jest.SpyInstance;

  constructor(private readonly options: Partial<RedisModuleOptions> = {}) {
    beforeAll(async () => {
      this.server = await startRedis();
    });
    beforeEach(async () => {
      this.emitted = jest.spyOn(RedisConnection.prototype, 'emit');
      this.proxy = await startFaultProxy({ port: this.server.port });
      await this.renew();
    });
    afterEach(async () => {
      await this.proxy.heal();
      await closeRedisApps();
      await this.proxy.close();
      jest.restoreAllMocks();
    });
    afterAll(() => this.server.stop());
  }

  /** Makes both processes anew, for a server that has become another in the meantime. */
  async renew(): Promise<void> {
    await closeRedisApps();
    const keyPrefix = `test-${randomUUID()}:`;
    this.here = await redisApp(this.proxy.url, { cacheTimeoutMs: 5_000, keyPrefix, ...this.options });
    this.there = await this.another();
  }

  /** One more process with the same keys, past the proxy. */
  another(): Promise<RedisTestApp> {
    return redisApp(this.server.url, { cacheTimeoutMs: 5_000, keyPrefix: this.here.prefix });
  }

  /** The connection of `here` that carries commands, invalidations or subscriptions; the newest of its kind. */
  link(role: 'cmd' | 'inv' | 'sub'): Promise<ProxiedConnection> {
    return this.proxy.connection(({ sent }) => sent.includes(`sluice:${role}:`));
  }

  /** Full key of a value. */
  key(id: string, cache = 'thing'): string {
    return `${this.here.prefix}cache:${cache}:${id}`;
  }

  /** Full key of a tag. */
  tag(name: string): string {
    return `${this.here.prefix}tag:${name}`;
  }

  /** Waits until `here` has been told by the server that this key changed; null: that any may have. */
  async told(key: string | null): Promise<void> {
    await until(`told of ${key}`, () => this.wasTold(key));
  }

  wasTold(key: string | null): boolean {
    return (this.emitted.mock.calls as [string, unknown][]).some(
      ([event, keys]) =>
        event === 'invalidate' && (keys === null ? key === null : (keys as string[]).includes(key ?? '')),
    );
  }

  forgetWhatWasTold(): void {
    this.emitted.mockClear();
  }
}

/** Whether a value is served from the process, without a word to Redis. When it is not, it is read. */
export function isNear(cache: RedisCache<unknown>, id: string): boolean {
  let near = false;
  const listener = (event: unknown) => {
    near ||= (event as { outcome: string }).outcome === 'near';
  };
  READS.subscribe(listener);
  void cache.get(id); // a value of the process is served in this very turn
  READS.unsubscribe(listener);
  return near;
}

/** Reads until the value is kept in the process. */
export async function untilNear(cache: RedisCache<unknown>, id: string): Promise<void> {
  await until(`${id} is kept near`, () => isNear(cache, id));
}

/**
 * Does something while the near cache is being used, so that its link is asked for signs of life all the time.
 * @param id of a value that is kept in the process
 */
export async function inUse<R>(cache: RedisCache<unknown>, id: string, work: () => Promise<R>): Promise<R> {
  const use = setInterval(() => isNear(cache, id), 20);
  try {
    await until('the link is trusted', () => isNear(cache, id));
    return await work();
  } finally {
    clearInterval(use);
  }
}

/** A promise that is settled from outside: a load that takes as long as the test wants. */
export function gate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => (open = resolve));
  return { promise, open };
}
