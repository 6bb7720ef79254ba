import { provideRedis } from '@sluice/testing-servers';
import type { ProvidedRedis } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';

let server: ProvidedRedis;
beforeAll(async () => {
  server = await provideRedis();
});
afterEach(closeRedisApps);
afterAll(() => server.stop());

// Under RESP2 the connection that hears is made for the first channel.
it.each([3, 2] as const)('a channel is heard from when it is subscribed on (RESP%s)', async (protocol) => {
  const { client } = await redisApp(server.url, { protocol });
  const heard: string[] = [];
  await client.subscribe('news', (message) => heard.push(message));
  await client.publish('news', 'the first');
  await until('it has been heard', () => heard.includes('the first'));
});
