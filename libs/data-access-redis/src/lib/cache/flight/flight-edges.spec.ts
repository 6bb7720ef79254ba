import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { z } from 'zod';
import type { RedisCache } from '../../../index';
import { redisRequestScope, RedisUsageError } from '../../../index';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { ServerClock } from '../server-clock';
import { FleetFlights } from './fleet-flights';

let server: RedisProcess;
let here: RedisTestApp;
let there: RedisTestApp;

beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  here = await redisApp(server.url);
  there = await redisApp(server.url, { keyPrefix: here.prefix });
});
afterEach(closeRedisApps);
afterAll(() => server.stop());

function gated<T>(value: T) {
  let open: () => void = () => undefined;
  let began: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const loading = new Promise<void>((resolve) => (began = resolve));
  const load = async () => {
    began();
    await gate;
    return value;
  };
  return { load, loading, open };
}

it('who comes late to the first load under a new tag waits for it, here and elsewhere', async () => {
  const options = { ttl: 60_000, tags: (id: string) => [`new:${id}`] };
  const [mine, theirs] = [here, there].map((app) => app.redis.cache<number>('thing', options)) as [
    RedisCache<number>,
    RedisCache<number>,
  ];
  const first = gated(1);
  const loading = mine.getOrSet('1', first.load);
  await first.loading;
  const never = () => Promise.reject(new Error('loaded twice'));
  const late = [mine.getOrSet('1', never), theirs.getOrSet('1', never)];
  const flight = `${here.prefix}flight:{${here.prefix}cache:thing:1}`;
  await until('waited for', async () => Number(await server.cli('HLEN', flight)) > 2);
  first.open();
  expect(await Promise.all([loading, ...late])).toEqual([1, 1, 1]);
});

it('a value that the schema changes reaches those who waited for another process, too', async () => {
  const schema = z.string().transform(Number).or(z.number());
  const [mine, theirs] = [here, there].map((app) =>
    app.redis.cache<number>('n', { ttl: 60_000, schema }),
  ) as [RedisCache<number>, RedisCache<number>];
  const first = gated('7' as unknown as number);
  const loading = mine.getOrSet('1', first.load);
  await first.loading;
  const waiting = theirs.getOrSet('1', () => Promise.reject(new Error('loaded twice')));
  const flight = `${here.prefix}flight:{${here.prefix}cache:n:1}`;
  await until('waited for', async () => Number(await server.cli('HLEN', flight)) > 2);
  first.open();
  expect(await Promise.all([loading, waiting])).toEqual([7, 7]);
});

it('a tag named twice counts once, and one that the loader adds beside it counts, too', async () => {
  const cache = here.redis.cache<number>('twice', { ttl: 60_000, tags: () => ['a', 'a'] });
  const load = (n: number) => () => Promise.resolve(n);
  expect(await cache.getOrSet('1', load(1))).toBe(1);
  expect(await cache.getOrSet('1', load(2))).toBe(1);
  const added = (tag: string, n: number) => () =>
    cache.getOrSet(tag, async ({ addTags }) => {
      addTags(tag);
      return n;
    });
  for (const tag of ['b', 'constructor', 'toString']) {
    await added(tag, 1)();
    expect(await added(tag, 2)()).toBe(1);
    await here.redis.invalidateTags([tag]);
    expect(await added(tag, 3)()).toBe(3);
  }
});

it('a bad tag is refused at once, and holds up no other', async () => {
  const bad = ['', '__proto__', 'x'.repeat(901), undefined as unknown as string];
  for (const tag of bad)
    await expect(here.redis.invalidateTags(['good', tag])).rejects.toThrow(RedisUsageError);
  const cache = here.redis.cache<number>('thing', { ttl: 60_000 });
  await expect(cache.getOrSet('1', async ({ addTags }) => (addTags(''), 1))).rejects.toThrow(RedisUsageError);
});

it('a full server: invalidating a tag still takes its values out of service', async () => {
  const cache = here.redis.cache<number>('thing', { ttl: 60_000, tags: () => ['full'] });
  await cache.set('1', 1);
  await server.cli('CONFIG', 'SET', 'maxmemory', '1');
  await here.redis.invalidateTags(['full']);
  expect(
    await there.redis.cache<number>('thing', { ttl: 60_000, tags: () => ['full'] }).get('1'),
  ).toBeUndefined();
  await server.cli('CONFIG', 'SET', 'maxmemory', '0');
  expect(await cache.get('1')).toBeUndefined();
});

it('a request that gave up on Redis hands over what it was loading all the same', async () => {
  const [mine, theirs] = [here, there].map((app) => app.redis.cache<number>('thing', { ttl: 60_000 })) as [
    RedisCache<number>,
    RedisCache<number>,
  ];
  await redisRequestScope(async (scope) => {
    await mine.getOrSet('1', async () => {
      scope.gaveUp = true;
      return 1;
    });
  });
  expect(await theirs.get('1')).toBe(1);
});

it('an invalidation between asking for the right and having it: the right is given up all the same', async () => {
  const cache = here.redis.cache<number>('thing', { ttl: 60_000, tags: () => ['between'] });
  const { begin } = FleetFlights.prototype;
  const once = jest.spyOn(FleetFlights.prototype, 'begin').mockImplementationOnce(async function (
    this: FleetFlights,
    ...words
  ) {
    const grant = await begin.apply(this, words);
    await here.redis.invalidateTags(['between']);
    return grant;
  });
  expect(await cache.getOrSet('1', async () => 1)).toBe(1);
  expect(once).toHaveBeenCalledTimes(1);
  once.mockRestore();
  const flight = `${here.prefix}flight:{${here.prefix}cache:thing:1}`;
  await until('given up', async () => (await server.cli('EXISTS', flight)) === '0');
  expect(await cache.getOrSet('1', async () => 2)).toBe(2);
});

it('the clock of the server is not forgotten to have been read a while ago', async () => {
  const clock = new ServerClock();
  const now = Date.now();
  const hoursAgo = now - 36_000_000;
  clock.observe(String(Math.floor(hoursAgo / 1_000)), '0', hoursAgo, hoursAgo + 2);
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_100);
});
