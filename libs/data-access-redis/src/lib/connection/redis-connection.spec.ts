import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { startRedis, startStopwatch } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { RedisError, redisRequestScope } from '../../index';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';

interface Failure {
  error: RedisError;
  ms: number;
  /** Before anything else could happen in this process: nothing was waited for, not even for a moment. */
  atOnce: boolean;
}

async function failure(work: Promise<unknown>): Promise<Failure> {
  const watch = startStopwatch();
  let atOnce = true;
  const turn = setImmediate(() => (atOnce = false));
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  clearImmediate(turn);
  expect(error).toBeInstanceOf(RedisError);
  return { error: error as RedisError, ms: watch.stop(), atOnce };
}

describe('the connection', () => {
  let server: RedisProcess;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await closeRedisApps();
    await server.stop();
  });

  const clients = async () =>
    (await server.cli('CLIENT', 'LIST')).split('\n').filter((l) => !/ cmd=client/.test(l));

  it('is one per process, named by role, under load and with a subscription', async () => {
    const { client, redis } = await redisApp(server.url, { clientName: 'shop' });
    const cache = redis.cache<number>('n', { ttl: 1_000, tags: () => ['t'] });
    await redis.subscribe('news', () => undefined);
    await Promise.all(Array.from({ length: 500 }, (_, i) => cache.getOrSet(String(i), async () => i)));
    await client.increment('job:x', { ttl: 1_000 });
    const list = await clients();
    expect(list).toHaveLength(1);
    expect(list[0]).toMatch(new RegExp(` name=shop:cmd:[^ ]+:${process.pid} `));
    expect(redis.state).toMatchObject({ status: 'ready', server: { protocol: 3 } });
  });

  it('under RESP2 has one more, for subscriptions, made on the first of them', async () => {
    const { redis } = await redisApp(server.url, { protocol: 2 });
    expect(await clients()).toHaveLength(1);
    const heard: string[] = [];
    await redis.subscribe('news', (message) => heard.push(message));
    await until('heard', async () => {
      await redis.publish('news', 'hi');
      return heard.length > 0;
    });
    expect((await clients()).map((line) => / name=sluice:(\w+):/.exec(line)?.[1]).sort()).toEqual([
      'cmd',
      'sub',
    ]);
  });

  it('killed: refuses at once, comes back by itself, hears its channels again', async () => {
    const { redis } = await redisApp(server.url);
    const heard: string[] = [];
    await redis.subscribe('news', (message) => heard.push(message));
    await server.kill();
    await until('noticed', () => !redis.state.ready);
    const { error, atOnce } = await failure(redis.get('job:x'));
    expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE', outcome: 'not-executed' });
    expect(atOnce).toBe(true);
    await server.restart();
    await until('back', () => redis.state.ready);
    expect(redis.state.reconnects).toBeGreaterThan(0);
    await until('heard', async () => {
      await redis.publish('news', 'again');
      return heard.includes('again');
    });
  });

  it('frozen: each command ends at its deadline with an unknown outcome, then the circuit opens', async () => {
    const { redis } = await redisApp(server.url, { commandTimeoutMs: 100 });
    server.freeze();
    for (let i = 0; i < 3; i++) {
      const { error, ms } = await failure(redis.set('job:x', 'y', { ttl: 1_000 }));
      expect(error).toMatchObject({ code: 'REDIS_TIMEOUT', outcome: 'unknown' });
      expect(ms).toBeLessThan(300);
    }
    expect(redis.state).toMatchObject({ status: 'degraded', circuit: 'open' });
    expect((await failure(redis.get('job:x'))).atOnce).toBe(true);
    server.thaw();
    await until('circuit closed', () => redis.state.ready);
    expect(await redis.get('job:x')).toBe('y'); // the writes that timed out had happened: outcome unknown
  });

  it('frozen for longer than the socket may be silent: a new connection, no command sent twice', async () => {
    const { client, redis } = await redisApp(server.url, { commandTimeoutMs: 100, socketTimeoutMs: 300 });
    await client.increment('job:n', { ttl: 60_000 });
    server.freeze();
    await failure(client.increment('job:n', { ttl: 60_000 }));
    await until('socket given up', () => redis.state.lastError?.code !== undefined && !redis.state.ready);
    await new Promise((resolve) => setTimeout(resolve, 500)); // several silent handshakes
    server.thaw();
    await until('back', () => redis.state.ready);
    expect(Number(await redis.get('job:n'))).toBeLessThanOrEqual(2);
  });

  it('one request waits for a silent Redis once', async () => {
    const { redis } = await redisApp(server.url, { commandTimeoutMs: 100 });
    server.freeze();
    const watch = startStopwatch();
    await redisRequestScope(async (scope) => {
      for (let i = 0; i < 10; i++) await failure(redis.get('job:x'));
      expect(scope.gaveUp).toBe(true);
    });
    expect(watch.stop()).toBeLessThan(200);
    expect(redis.state.circuit).toBe('closed'); // one failure is not three: others still try
  });

  it('does not take a blocked event loop for a silent server', async () => {
    const { redis } = await redisApp(server.url, { commandTimeoutMs: 50 });
    const reply = redis.get('job:x');
    await new Promise((resolve) => setImmediate(resolve)); // the command is on its way
    const blockedUntil = Date.now() + 200;
    while (Date.now() < blockedUntil);
    await expect(reply).resolves.toBeNull();
  });

  it('a mistake of the caller does not open the circuit', async () => {
    const { client, redis } = await redisApp(server.url);
    const list = client.defineScript({
      name: 'push',
      lua: "return redis.call('RPUSH', KEYS[1], 'a')",
      parse: Number,
    });
    await list.run({ keys: ['job:list'] });
    for (let i = 0; i < 10; i++) {
      expect((await failure(redis.get('job:list'))).error).toMatchObject({
        code: 'REDIS_USAGE',
        reason: 'WRONGTYPE',
      });
    }
    expect(redis.state.ready).toBe(true);
  });

  it('full: REDIS_CAPACITY for writes, reads go on', async () => {
    const { redis } = await redisApp(server.url);
    await server.cli('CONFIG', 'SET', 'maxmemory', '1');
    for (let i = 0; i < 5; i++) {
      expect((await failure(redis.set('job:x', 'y', { ttl: 9 }))).error.code).toBe('REDIS_CAPACITY');
    }
    expect(await redis.get('job:x')).toBeNull();
  });

  it('a database that does not exist is refused, and nothing lands in database 0', async () => {
    await server.stop();
    server = await startRedis({ args: ['--databases', '1'] });
    const { redis } = await redisApp(`${server.url}/1`);
    await until('said', () => redis.state.lastError?.code === 'REDIS_CONFIG');
    expect((await failure(redis.set('job:x', 'y', { ttl: 9_999 }))).error.code).toBe('REDIS_UNAVAILABLE');
    expect(await server.cli('DBSIZE')).toBe('0');
  });

  it('a wrong password: REDIS_AUTH, never shown', async () => {
    const said: string[] = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((m) => void said.push(String(m)));
    await server.cli('CONFIG', 'SET', 'requirepass', 'right');
    const { redis } = await redisApp(server.url.replace('redis://', 'redis://:wr0ng-hunter2@'));
    await until('said', () => redis.state.lastError?.code === 'REDIS_AUTH');
    const { error } = await failure(redis.get('job:x'));
    expect(inspect([said, error, redis, redis.state], { depth: 9, showHidden: true })).not.toContain(
      'hunter2',
    );
    jest.restoreAllMocks();
  });

  it('absent at start: the module starts, and connects when the server comes', async () => {
    await server.kill();
    const watch = startStopwatch();
    const { redis } = await redisApp(server.url);
    expect(watch.stop()).toBeLessThan(1_500);
    expect(redis.state.status).toBe('connecting');
    await server.restart();
    await until('connected', () => redis.state.ready);
  });

  it('closing is bounded on a frozen server and refuses from then on', async () => {
    const app: RedisTestApp = await redisApp(server.url);
    server.freeze();
    const watch = startStopwatch();
    await app.close();
    expect(watch.stop()).toBeLessThan(1_000);
    expect((await failure(app.redis.get('job:x'))).error.message).toContain('shutdown');
    server.thaw();
  });
});

describe('what answers is no Redis', () => {
  let server: Server;
  let port: number;
  const sockets = new Set<Socket>();
  const serve = async (onConnection: (socket: Socket) => void) => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  afterEach(async () => {
    await closeRedisApps();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('silent: the handshake is given up and tried again', async () => {
    let connections = 0;
    await serve(() => void connections++);
    const { redis } = await redisApp(`redis://127.0.0.1:${port}`, {
      commandTimeoutMs: 100,
      socketTimeoutMs: 200,
    });
    await until('several attempts', () => connections >= 2);
    expect((await failure(redis.get('job:x'))).atOnce).toBe(true);
  });

  it('a web server: REDIS_PROTOCOL', async () => {
    await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { redis } = await redisApp(`redis://127.0.0.1:${port}`);
    await until('said', () => redis.state.lastError?.code === 'REDIS_PROTOCOL');
  });
});
