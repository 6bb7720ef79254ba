import { setTimeout as pause } from 'node:timers/promises';
import { provideRedis } from '@sluice/testing-servers';
import type { ProvidedRedis } from '@sluice/testing-servers';
import { closeRedisApps, redisApp } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import type { RedisCache } from '../redis-cache';

let server: ProvidedRedis;
let here: RedisTestApp;
let there: RedisTestApp;

beforeAll(async () => {
  server = await provideRedis();
  here = await redisApp(server.url);
  there = await redisApp(server.url, { keyPrefix: here.prefix });
});

afterAll(async () => {
  await closeRedisApps();
  await server?.stop();
});

const options = { ttl: 60_000, tags: () => ['team'] };
const overtakes: Record<string, (cache: RedisCache<string>) => Promise<void>> = {
  'a delete': (cache) => cache.delete('id'),
  'a set': (cache) => cache.set('id', 'new'),
  'a tag': () => there.redis.invalidateTags(['team']),
  'a clear': (cache) => cache.clear(),
  'an added tag': () => there.redis.invalidateTags(['added']),
};

it.each(Object.keys(overtakes))(
  'a load that %s elsewhere overtook is not joined for more than a second',
  async (what) => {
    const name = what.replaceAll(' ', '-');
    const cacheHere = here.redis.cache<string>(name, options);
    const cacheThere = there.redis.cache<string>(name, options);
    let finish: (value: string) => void = () => undefined;
    const first = cacheHere.getOrSet('id', ({ addTags }) => {
      addTags('added');
      return new Promise((resolve) => (finish = resolve));
    });
    await pause(100);
    await overtakes[what]?.(cacheThere);
    await pause(1_000);
    expect(await cacheHere.getOrSet('id', () => Promise.resolve('new'))).toBe('new');
    finish('old');
    expect(await first).toBe('old');
    expect(await cacheHere.getOrSet('id', () => Promise.resolve('unasked'))).toBe('new');
  },
);

it('own invalidations hold for tags that the loader has added so far', async () => {
  const cache = here.redis.cache<string>('own', { ttl: 60_000 });
  let finish: (value: string) => void = () => undefined;
  const first = cache.getOrSet('id', ({ addTags }) => {
    addTags('mine');
    return new Promise((resolve) => (finish = resolve));
  });
  await pause(100);
  await here.redis.invalidateTags(['mine']);
  expect(await cache.getOrSet('id', () => Promise.resolve('new'))).toBe('new');
  finish('old');
  expect(await first).toBe('old');
});
