import { startRedis, type RedisProcess } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { resolveRedisConfig } from '../config/redis.config';
import { RedisConnection } from '../connection/redis-connection';
import { RedisMetrics } from './redis-metrics';
import { ServerMetrics } from './server-metrics';

let server: RedisProcess;
let connection: RedisConnection;
let metrics: ServerMetrics;

beforeEach(async () => {
  server = await startRedis({ args: ['--maxmemory', '2mb', '--maxmemory-policy', 'allkeys-lru'] });
  connection = new RedisConnection(resolveRedisConfig({ url: server.url }), 'cmd', new RedisMetrics());
  await connection.connect();
  metrics = new ServerMetrics(connection);
});

afterEach(async () => {
  metrics.close();
  await connection.close();
  await server.stop();
});

const shown = async () => /^redis_server_evicted_keys_total (\d+)$/m.exec(await register.metrics())?.[1];

it('shows how many keys the server has dropped, and asks it once a minute', async () => {
  for (let n = 0; n < 20; n++) await server.cli('SET', `key-${n}`, 'x'.repeat(100_000));
  const evicted = /evicted_keys:(\d+)/.exec(await server.cli('INFO', 'stats'))?.[1];
  expect(Number(evicted)).toBeGreaterThan(0);
  expect(await shown()).toBe(evicted);
  // It would be 0 if it were asked again.
  await server.cli('CONFIG', 'RESETSTAT');
  expect(await shown()).toBe(evicted);
});

it('claims nothing while nobody answers, and a scrape shows all other figures', async () => {
  await server.kill();
  expect(await register.metrics()).toContain('redis_client_up{role="cmd"}');
  expect(await shown()).toBeUndefined();
});
