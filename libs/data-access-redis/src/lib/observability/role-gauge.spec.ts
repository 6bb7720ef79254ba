import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { register } from 'prom-client';
import type { Gauge } from 'prom-client';
import { until } from '../../testing/redis-test-app';
import { resolveRedisConfig } from '../config/redis.config';
import { RedisConnection } from '../connection/redis-connection';
import { RedisMetrics } from './redis-metrics';

async function valueOf(name: string): Promise<number | undefined> {
  const { values } = await (register.getSingleMetric(name) as Gauge).get();
  return values.find(({ labels }) => labels['role'] === 'cmd')?.value;
}

describe('the gauges of a role that has several connections, as in a Cluster', () => {
  let server: RedisProcess;
  const opened: RedisConnection[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await Promise.all(opened.map((connection) => connection.close()));
    await server.stop();
  });

  it('are of those that are left when one was closed for good', async () => {
    const one = new RedisConnection(resolveRedisConfig({ url: server.url }), 'cmd', new RedisMetrics());
    const other = one.beside('cmd');
    opened.push(one, other);
    await Promise.all([one.connect(), other.connect()]);
    await other.close();
    const connected = async () => (await server.cli('CLIENT', 'LIST')).split('sluice:cmd').length - 1;
    await until('its socket is closed', async () => (await connected()) === 1);
    for (let i = 0; i < 10; i += 1) await one.run('ping', (driver) => driver.ping());
    expect(await valueOf('redis_client_up')).toBe(1);
    await one.close();
    expect(await valueOf('redis_client_up')).toBe(0);
  });

  it('say that a circuit is open while any is', async () => {
    const metrics = new RedisMetrics();
    const [one, other] = [{}, {}];
    metrics.circuit('cmd', one, true);
    metrics.circuit('cmd', other, false);
    expect(await valueOf('redis_client_circuit_open')).toBe(1);
    metrics.ended('cmd', one);
    expect(await valueOf('redis_client_circuit_open')).toBe(0);
  });
});
