import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { ObservedCandidate } from '../../testing/election/observed-candidate';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import { watchTimers } from '../../testing/watch-timers';

let server: RedisProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await closeRedisApps();
});
afterAll(() => server.stop());

it('leaves no timer, subscription or connection behind when its module is closed', async () => {
  const here = await redisApp(server.url);
  const there = await redisApp(server.url, { keyPrefix: here.prefix });
  const timers = watchTimers();
  const leader = new ObservedCandidate(here);
  await leader.has('started');
  const follower = new ObservedCandidate(there);
  await follower.has('knows');
  // Waits to try again.
  const failing = new ObservedCandidate(here, 'f', {
    onStartedLeading: () => Promise.reject(new Error('the work')),
  });
  await failing.has('stopped');
  await there.close();
  await here.close();
  await until('nobody is connected', async () => !/name=\S/.test(await server.cli('CLIENT', 'LIST')));
  expect(await server.cli('PUBSUB', 'CHANNELS')).toBe('');
  await timers.expectNone();
});

it('keeps no listener of a leadership that is over, also when garbage was collected in it', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const here = await redisApp(server.url);
  const listened = jest.spyOn(EventTarget.prototype, 'addEventListener');
  const signals = new Set<AbortSignal>();
  const note = () => {
    for (const target of listened.mock.contexts) if (target instanceof AbortSignal) signals.add(target);
    listened.mockClear(); // it holds on to listeners
  };
  const lost = new ObservedCandidate(here, 'lost');
  const failing = new ObservedCandidate(here, 'failing', {
    retryPeriod: 20,
    onStartedLeading: () => Promise.reject(new Error('the work')),
  });
  for (let led = 1; led <= 5; led += 1) {
    await lost.has('started', led);
    note();
    collectGarbage();
    await server.cli('DEL', `${here.prefix}leader:{lost}`);
  }
  await failing.has('stopped', 10);
  note();
  const most = Math.max(...[...signals].map((signal) => getEventListeners(signal, 'abort').length));
  expect(most).toBeLessThanOrEqual(3); // as many as one leadership has
  expect(signals.size).toBeGreaterThan(5);
});
