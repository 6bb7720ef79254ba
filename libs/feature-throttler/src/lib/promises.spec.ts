import { startRedis, type RedisProcess } from '@sluice/testing-servers';
import { MUTANTS } from '../testing/mutants';
import { type PromiseName, PROMISES } from '../testing/promises';
import { closeThrottlerApps } from '../testing/throttler-app';

let server: RedisProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterEach(closeThrottlerApps);
afterAll(() => server.stop());

describe('it is promised that', () => {
  it.each(Object.keys(PROMISES) as PromiseName[])('%s', async (promise) => {
    expect(await PROMISES[promise](server)).toEqual([]);
  });
});

describe('a limiter is found out that', () => {
  it.each(Object.entries(MUTANTS))('%s', async (_, { breaks, apply }) => {
    const putBack = apply();
    try {
      expect(await PROMISES[breaks](server)).not.toEqual([]);
    } finally {
      putBack();
    }
  });

  it('lacks anything that is promised', () => {
    expect(new Set(Object.values(MUTANTS).map(({ breaks }) => breaks))).toEqual(
      new Set(Object.keys(PROMISES)),
    );
  });
});
