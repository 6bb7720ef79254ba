import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';

jest.setTimeout(60_000);

const GUIDE = readFileSync(join(__dirname, '../../../../../docs/guides/production.md'), 'utf8');
const PATIENCE_MS = 20_000;

let server: RedisProcess;
beforeEach(async () => {
  server = await startRedis();
});
afterEach(async () => {
  await closeRedisApps();
  await server.stop();
});

it('a reply beyond the buffer of subscribers ends the connection under RESP3; the guide names the setting', async () => {
  const [, name = '', value = ''] = /^CONFIG SET (client-output-buffer-limit) "(.*)"$/m.exec(GUIDE) ?? [];
  await server.cli('CONFIG', 'SET', name, 'pubsub 1mb 0 0');
  const { client, redis } = await redisApp(server.url, { commandTimeoutMs: 20_000, socketTimeoutMs: 30_000 });
  await client.subscribe('any', () => undefined);
  await client.set('job:large', 'x'.repeat(8_000_000), { ttl: 60_000 });
  await expect(client.get('job:large')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  await until('back', () => redis.state.ready, PATIENCE_MS);

  await server.cli('CONFIG', 'SET', name, value);
  expect(await client.get('job:large')).toHaveLength(8_000_000);
});

it('an idle connection that the server ends is made anew', async () => {
  await server.cli('CONFIG', 'SET', 'timeout', '1');
  const { client, redis } = await redisApp(server.url);
  await until('made anew', () => redis.state.ready && redis.state.reconnects > 0, PATIENCE_MS);
  await client.ping();
});

it('near caches fill no table of tracked keys', async () => {
  const { redis } = await redisApp(server.url);
  const cache = redis.cache<number>('thing', { ttl: 60_000, near: {} });
  for (let id = 0; id < 100; id++) await cache.set(String(id), id);
  await until('kept in the process', async () => {
    await cache.get('1');
    return /tracking_total_prefixes:[1-9]/.test(await server.cli('INFO', 'stats'));
  });
  for (let id = 0; id < 100; id++) expect(await cache.get(String(id))).toBe(id);
  expect(await server.cli('INFO', 'stats')).toContain('tracking_total_keys:0');
});
