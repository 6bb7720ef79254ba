import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { createAuthority, startSentinel } from '@sluice/testing-servers';
import type { RedisSentinel } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';

jest.setTimeout(90_000);

const WITHIN_MS = 30_000;
const PASSWORD = 'pw-of-servers';
const OF_SENTINELS = 'pw-of-sentinels';

describe('sentinels', () => {
  let sentinel: RedisSentinel;

  beforeAll(async () => {
    sentinel = await startSentinel({
      ...{ name: 'the-main', downAfterMs: 30_000 },
      ...{ password: PASSWORD, sentinelPassword: OF_SENTINELS },
    });
  });
  afterEach(async () => {
    await closeRedisApps();
    jest.restoreAllMocks();
  });
  afterAll(() => sentinel.stop());

  /** @param nodes which are configured; all by default */
  const app = (nodes = sentinel.addresses, password = OF_SENTINELS, name = 'the-main') =>
    redisApp({ addresses: nodes, name }, { password: PASSWORD, sentinel: { nodes, name, password } });

  it.each<[string, () => Parameters<typeof app>, string, RegExp]>([
    [
      'do not know the name',
      () => [sentinel.addresses, OF_SENTINELS, 'other'],
      'REDIS_CONFIG',
      /REDIS_SENTINEL_NAME/,
    ],
    ['refuse the password', () => [sentinel.addresses, 'hunter2'], 'REDIS_AUTH', /REDIS_SENTINEL_PASSWORD/],
    [
      'are servers',
      () => [sentinel.servers.map(({ port }) => `127.0.0.1:${port}`), PASSWORD],
      'REDIS_CONFIG',
      /is a server and no sentinel/,
    ],
    ['are not there', () => [['127.0.0.1:1'], OF_SENTINELS], 'REDIS_UNAVAILABLE', /cannot be reached/],
  ])('that %s: the process starts, and says so', async (_, options, code, words) => {
    const said: unknown[] = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message) => said.push(message));
    const { client, redis } = await app(...options());
    await until('said', () => redis.state.lastError?.code === code, WITHIN_MS);
    expect(redis.state.lastError?.message).toMatch(words);
    expect(redis.state).toMatchObject({ status: 'connecting', ready: false, sentinel: { answering: 0 } });
    await expect(client.get('job:x')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', reason: code });
    expect(JSON.stringify([said, redis.state])).not.toMatch(/hunter2|pw-of/);
  });

  it('ask for no more than the rights that the guide gives', async () => {
    const guide = readFileSync(join(__dirname, '../../../../../../docs/guides/production.md'), 'utf8');
    const lines = [...guide.matchAll(/^ACL SETUSER watcher .*$/gm)].map(([line]) => line.split(' '));
    expect(lines).toHaveLength(3);
    for (const one of sentinel.sentinels) {
      for (const words of [...lines, ['ACL', 'LOG', 'RESET']]) await one.cli(...words);
    }
    const { redis } = await redisApp(sentinel, {
      password: PASSWORD,
      sentinel: {
        ...{ nodes: sentinel.addresses, name: 'the-main' },
        ...{ username: 'watcher', password: 'another-long-password' },
      },
    });
    await until('all answer', () => redis.state.ready && redis.state.sentinel?.answering === 3, WITHIN_MS);
    for (const one of sentinel.sentinels) {
      await until(
        'it is listened to',
        async () => / sub=1 .* user=watcher/m.test(await one.cli('CLIENT', 'LIST')),
        WITHIN_MS,
      );
      expect(await one.cli('ACL', 'LOG')).toBe('');
    }
  });

  it('are no server: who gives one as REDIS_URL is told', async () => {
    const { redis } = await redisApp(`redis://:${OF_SENTINELS}@${sentinel.addresses[0]}`);
    await until('said', () => redis.state.lastError?.code === 'REDIS_CONFIG', WITHIN_MS);
    expect(redis.state.lastError?.message).toMatch(/is a sentinel and no server; give it in REDIS_SENTINELS/);
  });

  it('are learned from one that lies: none but the master is used', async () => {
    const [liar, ...others] = sentinel.sentinels;
    const [master, replica] = sentinel.servers;
    if (!liar || !master || !replica) throw new Error('too few');
    const set = (...words: string[]) => liar.cli('SENTINEL', 'SET', 'the-main', ...words);
    await liar.cli('SENTINEL', 'REMOVE', 'the-main');
    await liar.cli('SENTINEL', 'MONITOR', 'the-main', '127.0.0.1', String(replica.port), '2');
    await set('auth-pass', PASSWORD, 'down-after-milliseconds', '60000');

    for (const one of others) one.freeze(); // for as long as only the liar is heard
    const { client, redis } = await app([`127.0.0.1:${liar.port}`]);
    const says = () => redis.state.lastError?.message ?? '';
    await until('it is not used', () => says().includes(`:${replica.port} is a replica`), WITHIN_MS);
    expect(redis.state.ready).toBe(false);
    for (const one of others) one.thaw();
    await until('the master is used', () => redis.state.ready, WITHIN_MS);
    expect(redis.state.server.port).toBe(master.port);
    await client.set('job:x', '1', { ttl: 60_000 });
    await until('all are known', () => redis.state.sentinel?.answering === 3, WITHIN_MS);

    await liar.cli('SENTINEL', 'REMOVE', 'the-main');
    await liar.cli('SENTINEL', 'MONITOR', 'the-main', '127.0.0.1', String(master.port), '2');
    await set('auth-pass', PASSWORD, 'down-after-milliseconds', '30000');
    await sentinel.settled();
  });

  it('know the master by a host name: it is dialled by that name', async () => {
    const [master] = sentinel.servers;
    const watch = async (host: string, names: 'yes' | 'no') => {
      for (const one of sentinel.sentinels) {
        await one.cli('SENTINEL', 'CONFIG', 'SET', 'resolve-hostnames', names);
        await one.cli('SENTINEL', 'CONFIG', 'SET', 'announce-hostnames', names);
        await one.cli('SENTINEL', 'REMOVE', 'the-main');
        await one.cli('SENTINEL', 'MONITOR', 'the-main', host, String(master?.port), '2');
        await one.cli(
          'SENTINEL',
          'SET',
          'the-main',
          'auth-pass',
          PASSWORD,
          'down-after-milliseconds',
          '30000',
        );
      }
    };
    await watch('localhost', 'yes');
    const { client, redis } = await app();
    await until('connected', () => redis.state.ready, WITHIN_MS);
    expect(redis.state.server).toMatchObject({ host: 'localhost', port: master?.port });
    await client.set('job:x', '1', { ttl: 60_000 });

    await watch('127.0.0.1', 'no');
    await sentinel.settled();
  });

  it('one of which stands still: it is not counted on, however long a command may take', async () => {
    const { redis } = await redisApp(sentinel, {
      ...{ password: PASSWORD, commandTimeoutMs: 60_000 },
      sentinel: { nodes: sentinel.addresses, name: 'the-main', password: OF_SENTINELS },
    });
    const answering = (count: number) => () => redis.state.sentinel?.answering === count;
    await until('all answer', answering(3), WITHIN_MS);
    const [one] = sentinel.sentinels;
    one?.freeze();
    try {
      await until('it is left', answering(2), WITHIN_MS);
    } finally {
      one?.thaw();
    }
    await until('it is heard again', answering(3), WITHIN_MS);
    expect(redis.state.ready).toBe(true);
  });

  it('are all killed: the master is used on; when they are back, they are heard', async () => {
    const { client, redis } = await app();
    await until('all answer', () => redis.state.sentinel?.answering === 3, WITHIN_MS);
    await Promise.all(sentinel.sentinels.map((one) => one.kill()));
    await until('none answers', () => redis.state.sentinel?.answering === 0, WITHIN_MS);
    await client.set('job:x', '1', { ttl: 60_000 });
    expect(redis.state).toMatchObject({ status: 'ready', sentinel: { known: 3, answering: 0 } });

    const late = await app();
    expect(late.redis.state.status).toBe('connecting');
    await Promise.all(sentinel.sentinels.map((one) => one.restart()));
    for (const one of [redis, late.redis]) {
      await until('all answer', () => one.state.ready && one.state.sentinel?.answering === 3, WITHIN_MS);
    }
  });
});

describe('sentinels and servers that speak TLS', () => {
  const authority = createAuthority();
  let sentinel: RedisSentinel;

  beforeAll(async () => {
    sentinel = await startSentinel({ downAfterMs: 30_000, authority });
  });
  afterEach(closeRedisApps);
  afterAll(() => sentinel.stop());

  it('are both spoken to in TLS, to the next master too', async () => {
    const { client, redis } = await redisApp(sentinel, { tls: { ca: authority.certificate } });
    await until('connected', () => redis.state.ready, WITHIN_MS);
    const { port } = await sentinel.failover();
    await until('it is followed', () => redis.state.ready && redis.state.server.port === port, WITHIN_MS);
    await client.set('job:x', '1', { ttl: 60_000 });
    expect(redis.state).toMatchObject({ server: { tls: true }, sentinel: { answering: 3 } });

    const named = (servername: string) =>
      redisApp(sentinel, { tls: { ca: authority.certificate, servername } });
    const own = await named('localhost');
    await until('connected', () => own.redis.state.ready, WITHIN_MS);
    const other = await named('elsewhere.example');
    await until('said', () => other.redis.state.lastError?.code === 'REDIS_TLS', WITHIN_MS);
  });

  it('are not trusted without their authority, and say so', async () => {
    const { redis } = await redisApp(sentinel, { tls: true });
    await until('said', () => redis.state.lastError?.code === 'REDIS_TLS', WITHIN_MS);
    expect(redis.state.ready).toBe(false);
  });
});
