import { request } from 'node:http';
import {
  provideDatabase,
  provideRedis,
  startCluster,
  startPostgres,
  startRedis,
  until,
} from '@sluice/testing-servers';
import { call, createCharacter, register } from './support/api-client';
import { serveApi } from './support/served-api';
import type { ServedApi } from './support/served-api';

interface GivenRedis {
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

async function oneRedis(): Promise<GivenRedis> {
  const redis = await provideRedis();
  return { env: { REDIS_URL: redis.url }, stop: () => redis.stop() };
}

async function aCluster(): Promise<GivenRedis> {
  const cluster = await startCluster();
  return { env: { REDIS_CLUSTER_NODES: cluster.addresses.join() }, stop: () => cluster.stop() };
}

describe.each([
  ['one Redis', oneRedis],
  ['a Redis Cluster', aCluster],
])('several processes of the API on %s', (_, start) => {
  let redis: GivenRedis;
  let database: Awaited<ReturnType<typeof provideDatabase>>;
  let one: ServedApi;
  let two: ServedApi;

  beforeAll(async () => {
    [redis, database] = await Promise.all([start(), provideDatabase()]);
    const env = {
      ...redis.env,
      DATABASE_URL: database.url,
      REDIS_KEY_PREFIX: `e2e-${process.pid}-${Date.now()}`,
    };
    [one, two] = await Promise.all([serveApi(env), serveApi(env)]); // both migrate at once
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await Promise.all([redis?.stop(), database?.stop()]);
  });

  const me = (api: ServedApi, token: string) => call(api.url, 'GET', '/api/auth/me', { token });

  it('a session revoked in one is refused in the other within a second', async () => {
    const { accessToken: token } = await register(one.url);
    expect((await me(two, token)).status).toBe(200); // cached there
    expect((await call(one.url, 'POST', '/api/auth/logout', { token })).status).toBe(204);
    expect((await me(one, token)).status).toBe(401);
    await until('refused', async () => (await me(two, token)).status === 401, 1_000);
  });

  it('a character changed in one is the new one in the other', async () => {
    const { accessToken: token } = await register(one.url);
    const id = await createCharacter(one.url, token);
    await call(two.url, 'GET', `/api/characters/${id}`, { token });
    await call(one.url, 'PATCH', `/api/characters/${id}`, { token, body: { name: 'Changed' } });
    expect((await call(two.url, 'GET', `/api/characters/${id}`, { token })).body).toMatchObject({
      name: 'Changed',
    });
  });

  it('of two registrations of one e-mail at the same moment one is 201 and one 409', async () => {
    const body = { email: `same-${Date.now()}@example.org`, password: 'a password of a person' };
    const answers = await Promise.all(
      [one, two].map((api) => call(api.url, 'POST', '/api/auth/register', { body })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
  });
});

describe('shutdown', () => {
  /** A request of which half is sent; `complete` sends the rest. */
  function halfARequest({ url }: ServedApi, token: string) {
    const body = JSON.stringify({ name: 'Late', handle: 'late_one' });
    const half = request(`${url}/api/characters`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': body.length,
      },
    });
    const status = new Promise<number | undefined>((resolve, reject) => {
      half.once('response', (response) => resolve(response.statusCode));
      half.once('error', reject);
    });
    half.write(body.slice(0, 5));
    return { status, complete: () => half.end(body.slice(5)) };
  }

  it('lets the running request finish, says 503 on readiness meanwhile, and exits 0', async () => {
    const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
    const api = await serveApi({
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
      SHUTDOWN_DELAY_MS: '3000', // time to look at readiness, on a busy machine too
    });
    const { accessToken } = await register(api.url);
    const { complete, status } = halfARequest(api, accessToken);
    await call(api.url, 'GET', '/health/live'); // the half request has arrived before this one
    const exit = api.stop('SIGTERM');
    await until('not ready', async () => (await call(api.url, 'GET', '/health/ready')).status === 503);
    complete();
    expect(await status).toBe(201);
    expect(await exit).toBe(0);
    await Promise.all([redis.stop(), database.stop()]);
  });

  it('exits 0 after 10 s when a request never comes to its end', async () => {
    const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
    const api = await serveApi({ REDIS_URL: redis.url, DATABASE_URL: database.url });
    const { accessToken } = await register(api.url);
    const { status } = halfARequest(api, accessToken);
    const cut = expect(status).rejects.toMatchObject({ code: 'ECONNRESET' });
    await call(api.url, 'GET', '/health/live');
    const startedAt = Date.now();
    expect(await api.stop('SIGTERM')).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(13_000);
    await cut;
    await Promise.all([redis.stop(), database.stop()]);
  });

  it('exits 0 also when Redis and PostgreSQL are frozen', async () => {
    const [redis, database] = await Promise.all([startRedis(), startPostgres()]);
    const api = await serveApi({ REDIS_URL: redis.url, DATABASE_URL: database.url });
    await register(api.url); // both have open connections now
    redis.freeze();
    database.freeze();
    const startedAt = Date.now();
    expect(await api.stop('SIGTERM')).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await Promise.all([redis.stop(), database.stop()]);
  });

  it.each([['DATABASE_URL'], ['REDIS_URL'], ['APP_SECRET']])(
    'production without %s does not start and names it',
    async (name) => {
      const env = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/x' };
      await expect(serveApi({ ...env, [name]: '' })).rejects.toThrow(new RegExp(`exit code 1[^]*${name}`));
    },
  );
});
