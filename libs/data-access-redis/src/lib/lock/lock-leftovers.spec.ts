import { createHook } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { refusal } from '../../testing/faulty-locks';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';

const LIBRARY = /(?:data-access-redis\/src\/lib|node_modules\/ioredis)\/[^:]+/;

/** Timers of the library that have neither fired nor been cleared, also those that keep no process alive. */
class Timers {
  /** The file that set each. */
  private readonly set = new Map<number, string>();
  private readonly hook = createHook({
    init: (id, type) => {
      if (type !== 'Timeout') return;
      const callers = (new Error().stack ?? '').split('\n').slice(2).join('\n');
      const [file] = LIBRARY.exec(callers) ?? [];
      if (file && !file.endsWith('.spec.ts')) this.set.set(id, file);
    },
    destroy: (id) => this.set.delete(id),
  });

  begin(): void {
    this.hook.enable();
  }

  end(): void {
    this.hook.disable();
    this.set.clear();
  }

  running(): string[] {
    return [...this.set.values()];
  }

  /** Node tells of what was cleared in a later turn. */
  async told(): Promise<void> {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each([3, 2] as const)('when a module is closed (RESP%i)', (protocol) => {
  let server: RedisProcess;
  const timers = new Timers();
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(() => timers.begin());
  afterEach(async () => {
    timers.end();
    server.thaw();
    await closeRedisApps();
  });
  afterAll(() => server.stop());

  const ofLocks = (file: string) => /lib\/(lease|lock|waiting)\//.test(file);
  const clients = async () =>
    (await server.cli('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=sluice'));

  it('nothing of its locks runs on: no timer, no listener, no subscription, no connection', async () => {
    const here = await redisApp(server.url, { protocol });
    const { locks, client } = here;
    const inLine = (name: string, count: string) =>
      until(
        `${count} stand in line`,
        async () => (await server.cli('ZCARD', `${here.prefix}lock:{${name}}:queue`)) === count,
      );
    const caller = new AbortController();
    const { signal } = caller;

    const held = await locks.acquire('held', { ttl: 5_000, signal });
    const semaphores = [1, 2].map(() => locks.acquire('semaphore', { permits: 2, signal }));
    await Promise.all(semaphores);
    await expect(locks.acquire('held', { wait: 30, signal })).rejects.toMatchObject({
      code: 'LOCK_NOT_ACQUIRED',
    });
    const gaveUp = locks.acquire('held', { wait: 60_000, signal: AbortSignal.timeout(50) });
    await expect(gaveUp).rejects.toThrow('timeout');
    const waiting = refusal(locks.acquire('held', { wait: 60_000, signal }));
    const other = refusal(locks.acquire('semaphore', { permits: 2, wait: Infinity, signal }));
    await inLine('held', '1');
    await inLine('semaphore', '1');
    await until('is woken', async () => (await server.cli('PUBSUB', 'CHANNELS')) !== '');
    expect(await clients()).toHaveLength(protocol === 3 ? 1 : 2);
    const lost = new Promise((resolve) => held.signal.addEventListener('abort', resolve));

    expect(timers.running().filter(ofLocks)).not.toEqual([]);
    await here.close();
    await lost;
    expect((await waiting).code).toBe('REDIS_UNAVAILABLE');
    expect((await other).code).toBe('REDIS_UNAVAILABLE');
    await timers.told();
    expect(timers.running().filter(ofLocks)).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(await clients()).toEqual([]);
    expect(await server.cli('PUBSUB', 'CHANNELS')).toBe('');
    // What bounds commands and connections ends by itself.
    await until('no timer is left', () => timers.running().length === 0);
    expect(client.state.status).toBe('closed');
    expect((await refusal(locks.acquire('held', { wait: 60_000 }))).code).toBe('REDIS_UNAVAILABLE');
  });

  it('nothing runs on of one who could not give back what Redis may have granted', async () => {
    const here = await redisApp(server.url, { protocol });
    server.freeze();
    expect((await refusal(here.locks.acquire('a', { ttl: 600_000 }))).code).toBe('REDIS_TIMEOUT');
    await here.close();
    await until('no timer is left', () => timers.running().length === 0);
  });
});
