import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { RecentWrites } from './recent-writes';

const WITHIN_MS = 30_000;

/** A server that comes back as it was when it was saved last stands for a successor that has missed the last writes. */
describe('a fence that was lost with its write', () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let stale: number;
  let fresh: number;

  beforeEach(async () => {
    server = await startRedis({ args: ['--dbfilename', 'kept.rdb'] });
    here = await redisApp(server.url);
    const grant = async () => {
      const lock = await here.locks.acquire('a');
      await lock.release();
      return lock.fencingToken;
    };
    stale = await grant();
    fresh = await grant();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeRedisApps();
    await server.stop();
  });

  const write = (value: string, fencingToken: number) =>
    here.client.setFenced('job:a', value, { ttl: 60_000, fencingToken });
  const fence = () => server.cli('GET', `${here.prefix}fence:{${here.prefix}job:a}`);
  const lose = async () => {
    const before = await fence();
    const { reconnects } = here.redis.state;
    await server.restart();
    await until(
      'it is used again',
      () => here.redis.state.reconnects > reconnects && here.redis.state.ready,
      WITHIN_MS,
    );
    return before;
  };

  it('is raised again by who wrote it, and the stale write is refused as before; the value stays lost', async () => {
    await server.cli('SAVE');
    expect(await write('fresh', fresh)).toBe(true);
    expect(await lose()).toBe(String(fresh));
    await until('it is raised', async () => (await fence()) === String(fresh), WITHIN_MS);
    expect(await here.client.get('job:a')).toBeNull();
    expect(await write('stale', stale)).toBe(false);
    expect(await write('fresh again', fresh)).toBe(true);
    expect(Number(await server.cli('PTTL', `${here.prefix}fence:{${here.prefix}job:a}`))).toBeGreaterThan(
      80_000_000,
    );
    expect(await lose()).toBe(String(fresh));
    await until('it is raised again', async () => (await fence()) === String(fresh), WITHIN_MS);
  });

  it('never takes the place of a higher one', async () => {
    expect(await write('fresh', fresh)).toBe(true);
    await server.cli('SET', `${here.prefix}fence:{${here.prefix}job:a}`, String(fresh + 1));
    await server.cli('SAVE');
    const raised = jest.spyOn(RecentWrites.prototype, 'note');
    await lose();
    await until('it was tried', () => raised.mock.calls.length > 0, WITHIN_MS);
    expect(await fence()).toBe(String(fresh + 1));
  });

  it('mutant: without the memory for those of the last minute the stale write is accepted', async () => {
    jest.spyOn(RecentWrites.prototype, 'takeDoubtful').mockReturnValue([]);
    await server.cli('SAVE');
    expect(await write('fresh', fresh)).toBe(true);
    await lose();
    expect(await write('stale', stale)).toBe(true);
  });
});
