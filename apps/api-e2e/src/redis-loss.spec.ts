import { provideDatabase, startRedis, until } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { call, createCharacter, register } from './support/api-client';
import type { Account } from './support/api-client';
import { serveApi } from './support/served-api';
import type { ServedApi } from './support/served-api';

const MOST_MS = 1_000;

describe('the served API and Redis', () => {
  let redis: RedisProcess;
  let database: Awaited<ReturnType<typeof provideDatabase>>;
  let api: ServedApi;
  let account: Account;
  let character: string;

  const env = () => ({
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    MANAGEMENT_TOKEN: 'management-token-for-tests',
  });
  const read = () => call(api.url, 'GET', `/api/characters/${character}`, { token: account.accessToken });
  const ready = () =>
    call<{ status: string; checks: { redis: { status: string } } }>(api.url, 'GET', '/health/ready', {
      token: 'management-token-for-tests',
    });
  const fromRedis = async () => /character; hit/.test((await read()).headers.get('cache-status') ?? '');

  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), provideDatabase()]);
    api = await serveApi(env());
    account = await register(api.url);
    character = await createCharacter(api.url, account.accessToken);
  });
  afterAll(async () => {
    await api?.stop();
    await Promise.all([redis?.stop(), database?.stop()]);
  });
  afterEach(() => {
    expect(api.output()).not.toMatch(/unhandled|uncaught/i);
  });

  it('answers the second read from Redis, under the prefix', async () => {
    await read();
    expect(await fromRedis()).toBe(true);
    expect(await redis.cli('EXISTS', `sluice:cache:character:${character}`)).toBe('1');
  });

  it('opens one connection for commands and one for invalidations, under load', async () => {
    const connections = async () =>
      (await redis.cli('CLIENT', 'LIST'))
        .split('\n')
        .map((line) => / name=(\S*)/.exec(line)?.[1] ?? '')
        .filter(Boolean) // redis-cli itself has no name
        .sort();
    const declared = ['cmd', 'inv'].map((role) =>
      expect.stringMatching(new RegExp(`^sluice:${role}:[^:]+:${api.pid}$`)),
    );
    let answered = 0;
    let seenUnderLoad = 0;
    const load = Promise.all(
      Array.from({ length: 300 }, async () => {
        const { status } = await read();
        answered += 1;
        return status;
      }),
    );
    while (answered < 300) {
      expect(await connections()).toEqual(declared);
      if (answered > 0 && answered < 300) seenUnderLoad += 1;
    }
    expect(new Set(await load)).toEqual(new Set([200]));
    expect(seenUnderLoad).toBeGreaterThan(0);
    expect(await connections()).toEqual(declared);
  });

  /** Reads, writes and health while Redis is away in one way or another. */
  async function servesWithout(): Promise<void> {
    const answers = [];
    for (let i = 0; i < 20; i++) answers.push(await read());
    answers.push(...(await Promise.all(Array.from({ length: 30 }, read))));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    const created = await call(api.url, 'POST', '/api/characters', {
      token: account.accessToken,
      body: { name: 'Without', handle: `w_${Math.random().toString(36).slice(2, 10)}` },
    });
    expect(created.status).toBe(201);
    expect(Math.max(created.ms, ...answers.map((answer) => answer.ms))).toBeLessThan(MOST_MS);
    const live = await call(api.url, 'GET', '/health/live');
    expect([live.status, live.ms < MOST_MS]).toEqual([200, true]);
    await until('degraded', async () => (await ready()).body.status === 'degraded');
    const answer = await ready();
    expect([answer.status, answer.ms < MOST_MS]).toEqual([200, true]);
  }

  it('killed: serves from the database; back: cached again within 5 s', async () => {
    await redis.kill();
    await servesWithout();
    await redis.restart();
    await until('cached again', fromRedis, 5_000);
    await until('ready', async () => (await ready()).body.status === 'ok');
  });

  it('frozen: no request waits for it; thawed: cached again within 5 s', async () => {
    redis.freeze();
    await servesWithout();
    redis.thaw();
    await until('cached again', fromRedis, 5_000);
  });

  it('a revocation made while Redis is frozen holds at once in the process that made it', async () => {
    const other = await register(api.url);
    redis.freeze();
    const answer = await call(api.url, 'POST', '/api/auth/logout', { token: other.accessToken });
    expect([answer.status, answer.ms < MOST_MS]).toEqual([204, true]);
    const me = await call(api.url, 'GET', '/api/auth/me', { token: other.accessToken });
    expect(me.status).toBe(401);
    redis.thaw();
  });

  it('what lies under a character’s key and is no character is a miss', async () => {
    const key = `sluice:cache:character:${character}`;
    await until('Redis is back', fromRedis);
    for (const words of [
      ['SET', key, 'garbage'],
      ['RPUSH', key, 'x'],
    ]) {
      await redis.cli('DEL', key);
      await redis.cli(...words);
      expect((await read()).status).toBe(200);
      await until('stored again', fromRedis);
    }
    await redis.cli('SET', key, 's9 an envelope of a newer release');
    expect((await read()).status).toBe(200);
    expect(await redis.cli('GET', key)).toBe('s9 an envelope of a newer release');
  });

  it('absent at start: the API starts and serves, and uses Redis when it comes', async () => {
    await redis.kill();
    await api.stop();
    api = await serveApi(env());
    expect((await read()).status).toBe(200);
    await redis.restart();
    await until('cached', fromRedis);
  });
});
