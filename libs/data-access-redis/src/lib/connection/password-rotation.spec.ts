import { inspect } from 'node:util';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';

jest.setTimeout(60_000);

const PATIENCE_MS = 20_000;
const OLD = 'old-s3cret';
const NEW = 'new-s3cret';

describe.each([3, 2] as const)('a password that is changed, RESP%d', (protocol) => {
  let server: RedisProcess;
  const user = (...words: string[]) => server.cli('ACL', 'SETUSER', 'app', ...words);
  const open = (password: string) =>
    redisApp(server.url, {
      url: undefined,
      host: '127.0.0.1',
      port: server.port,
      username: 'app',
      password,
      protocol,
    });

  beforeEach(async () => {
    server = await startRedis();
    await user('on', `>${OLD}`, '~*', '&*', '+@all');
  });
  afterEach(async () => {
    await closeRedisApps();
    await server.stop();
  });

  it('costs nothing while both are valid, as the guide says', async () => {
    const before = await open(OLD);
    await user(`>${NEW}`);
    const after = await open(NEW);
    await Promise.all([before.client.ping(), after.client.ping()]);
    await user(`<${OLD}`);
    await Promise.all([before.client.ping(), after.client.ping()]);
    expect(before.redis.state.reconnects).toBe(0);
  });

  it('refused at the next connection, it is said so; it is used again as soon as it is valid', async () => {
    const { client, redis } = await open(OLD);
    await user(`<${OLD}`);
    await server.cli('CLIENT', 'KILL', 'USER', 'app');
    await until('said', () => redis.state.lastError?.code === 'REDIS_AUTH', PATIENCE_MS);
    expect(redis.state).toMatchObject({
      status: 'degraded',
      lastError: { message: expect.stringMatching(/WRONGPASS.*REDIS_PASSWORD/) },
    });
    const error: unknown = await client.get('job:a').catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE', reason: 'REDIS_AUTH' });
    expect(inspect([error, redis.state], { depth: 9, showHidden: true })).not.toContain(OLD);

    await user(`>${OLD}`);
    await until('back', () => redis.state.ready, PATIENCE_MS);
    await client.ping();
    expect(redis.state.server.protocol).toBe(protocol); // a refused password is no refused RESP3
  });
});
