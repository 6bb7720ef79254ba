import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import { startDialect } from '../../testing/resp3-dialects';
import type { DialectServer } from '../../testing/resp3-dialects';

jest.setTimeout(60_000);

describe('a server that refuses RESP3', () => {
  let server: DialectServer;
  beforeAll(async () => {
    server = await startDialect({ password: 'p@ss' });
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  it.each([
    "ERR unknown command 'HELLO', with args beginning with: '3' ", // before Redis 6
    'ERR unsupported command `hello`', // Redis Cluster proxies
    'NOPROTO unsupported protocol version',
    "NOPERM this user has no permissions to run the 'hello' command",
    'ERR Protocol version 3 is not supported',
    'ERR syntax error',
    'ERR invalid command',
    'NOAUTH Authentication required.',
    '-ERR_NO_SUCH unheard of',
  ])('is spoken to in RESP2 from the start: %s', async (words) => {
    server.refuseBy(words);
    const { client, redis } = await redisApp(server.url);
    // The module has started, so the first command finds a connection.
    await client.set('job:a', '1', { ttl: 60_000 });
    expect(redis.state).toMatchObject({ status: 'ready', server: { protocol: 2 } });
    expect(redis.state.lastError).toBeUndefined();
  });

  it('has one connection more, for subscriptions, and it has a name', async () => {
    server.refuseBy('ERR syntax error');
    const { client } = await redisApp(server.url, { clientName: 'fallback' });
    const heard: string[] = [];
    await client.subscribe('a', (message) => heard.push(message));
    await until('it listens', async () => (await client.publish('a', 'x')) === 1);
    await until('it hears', () => heard.includes('x'));
    const names = (await server.redis.cli('CLIENT', 'LIST')).match(/name=fallback:\w+/g);
    expect(names?.sort()).toEqual(['name=fallback:cmd', 'name=fallback:sub']);
  });

  it('is asked for RESP3 again when the connection is made anew', async () => {
    server.refuseBy('ERR syntax error');
    const { redis } = await redisApp(server.url);
    expect(redis.state.server.protocol).toBe(2);
    server.refuseBy(undefined);
    await server.redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await until('it speaks RESP3', () => redis.state.ready && redis.state.server.protocol === 3, 20_000);
  });

  it.each([
    ['refuses a wrong password', ':wrong@'],
    ['misses a password', ''],
  ])('is not taken for one when it %s', async (_, credentials) => {
    server.refuseBy(undefined);
    const { redis } = await redisApp(server.url.replace(/:[^:]*@/, credentials));
    await until('said', () => redis.state.lastError?.code === 'REDIS_AUTH', 20_000);
    expect(redis.state.ready).toBe(false);
  });
});
