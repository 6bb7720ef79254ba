import { getEventListeners } from 'node:events';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { RedisConnection } from '../connection/redis-connection';
import { LeaseScripts } from '../lease/lease-scripts';

describe("the caller's signal", () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let there: RedisTestApp;
  let caller: AbortController;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    here = await redisApp(server.url);
    there = await redisApp(server.url, { keyPrefix: here.prefix });
    caller = new AbortController();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeRedisApps();
  });
  afterAll(() => server.stop());

  const standing = (count: number) =>
    until(
      `${count} stand in line`,
      async () => Number(await server.cli('ZCARD', `${here.prefix}lock:{a}:queue`)) === count,
    );
  const abort = () => caller.abort(new Error('no more'));
  /** Sooner than a turn or a lease could end by itself. */
  const isFree = async () =>
    expect(await (await there.locks.acquire('a', { wait: 1_000 })).release()).toBe(true);

  it('is shared by many who wait, is listened to once, and ends the waiting of all', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const held = await there.locks.acquire('a');
    const waiting = Array.from({ length: 30 }, () =>
      here.locks.acquire('a', { wait: Infinity, signal: caller.signal }),
    );
    await standing(30);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
    abort();
    const ends = await Promise.allSettled(waiting);
    expect(ends.map((end) => end.status === 'rejected' && (end.reason as Error).message)).toEqual(
      Array(30).fill('no more'),
    );
    await standing(0);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
    await held.release();
  });

  it('is let go of when the waiting has ended otherwise', async () => {
    const { signal } = caller;
    for (let i = 0; i < 3; i += 1) await (await here.locks.acquire('a', { wait: 1_000, signal })).release();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it.each([0, 1_000])('was aborted before: nothing is asked and nothing done, wait %i', async (wait) => {
    abort();
    const work = jest.fn();
    const sent = jest.spyOn(LeaseScripts.prototype, 'acquire');
    const { signal } = caller;
    await expect(here.locks.withLock('a', { wait, signal }, work)).rejects.toThrow('no more');
    await expect(here.locks.tryAcquire('a', { wait, signal })).rejects.toThrow('no more');
    await expect(here.locks.acquire(['a', 'b'], { wait, signal })).rejects.toThrow('no more');
    expect([work.mock.calls, sent.mock.calls]).toEqual([[], []]);
    await isFree();
  });

  /** Calls back after so many microtasks. */
  async function after(microtasks: number, callback: () => void): Promise<void> {
    for (let i = 0; i < microtasks; i += 1) await undefined;
    callback();
  }

  const MOMENTS = [0, 1, 2, 3, 4, 5, 6, 7];

  /** Either way the lock is free afterwards, and no work is begun in vain. */
  async function expectGivenBack(done: Promise<unknown>, begun: readonly boolean[]): Promise<void> {
    const [end] = await Promise.allSettled([done]);
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ message: 'no more' });
    expect(begun).toEqual(end.status === 'rejected' ? [] : [false]);
    jest.restoreAllMocks();
    await isFree();
  }

  it.each([0, 1_000])('aborts with the answer: what was granted is given back, wait %i', async (wait) => {
    const { acquire } = LeaseScripts.prototype;
    for (const moment of MOMENTS) {
      caller = new AbortController();
      const { signal } = caller;
      jest.spyOn(LeaseScripts.prototype, 'acquire').mockImplementation(function (
        this: LeaseScripts,
        ...asked
      ) {
        const answer = acquire.apply(this, asked);
        void answer.then(() => after(moment, abort));
        return answer;
      });
      const begun: boolean[] = [];
      const done = here.locks.withLock('a', { wait, signal }, () => void begun.push(signal.aborted));
      await expectGivenBack(done, begun);
    }
  });

  it('aborts with the turn: it is given back', async () => {
    for (const moment of MOMENTS) {
      caller = new AbortController();
      const { signal } = caller;
      const held = await there.locks.acquire('a');
      const begun: boolean[] = [];
      const work = () => void begun.push(signal.aborted);
      const done = here.locks.withLock('a', { wait: 20_000, signal }, work);
      await standing(1);
      const { emit } = RedisConnection.prototype;
      jest.spyOn(RedisConnection.prototype, 'emit').mockImplementation(function (
        this: RedisConnection,
        ...event: Parameters<typeof emit>
      ) {
        if (event[0] === 'message') void after(moment, abort);
        return emit.apply(this, event);
      });
      void held.release();
      await expectGivenBack(done, begun);
    }
  });
});
