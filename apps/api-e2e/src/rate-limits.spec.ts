import { randomBytes } from 'node:crypto';
import { provideDatabase, startRedis, until } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { call, register } from './support/api-client';
import type { Answer } from './support/api-client';
import { serveApi } from './support/served-api';
import type { ServedApi } from './support/served-api';

const MOST_MS = 1_000;
const MINUTE_MS = 60_000;
/** So many a minute that none comes back while a test runs. */
const REQUESTS = 12;

describe('the limits of the served API', () => {
  let redis: RedisProcess;
  let database: Awaited<ReturnType<typeof provideDatabase>>;
  let one: ServedApi;
  let two: ServedApi;

  const email = () => `u${randomBytes(6).toString('hex')}@example.org`;
  const login = (api: ServedApi, as: string, from = '203.0.113.1') =>
    call(api.url, 'POST', '/api/auth/login', {
      body: { email: as, password: 'not the password' },
      headers: { 'x-forwarded-for': from },
    });
  const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
  const times = (count: number, status: number) => new Array<number>(count).fill(status);

  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), provideDatabase()]);
    const env = {
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
      TRUSTED_PROXIES: 'loopback',
      THROTTLE_REQUESTS_PER_MINUTE: String(REQUESTS),
      THROTTLE_SIGN_IN_PER_MINUTE: '', // the default
      THROTTLE_INSTANCES: '2',
      THROTTLE_DEADLINE_MS: '300', // Redis decides on a busy machine, too
    };
    [one, two] = await Promise.all([serveApi(env), serveApi(env)]);
  });
  beforeEach(async () => void (await redis.cli('FLUSHALL')));
  afterEach(() => {
    for (const api of [one, two]) expect(api.output()).not.toMatch(/unhandled|uncaught/i);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await Promise.all([redis?.stop(), database?.stop()]);
  });

  it('a user has so many requests, over all routes and processes, and is told how many are left', async () => {
    const { accessToken: token } = await register(one.url);
    const answers: Answer[] = [];
    for (let i = 0; i < REQUESTS; i += 1) {
      const path = i % 3 === 0 ? '/api/auth/me' : '/api/characters';
      answers.push(await call((i % 2 ? one : two).url, 'GET', path, { token }));
    }
    expect(statuses(answers)).toEqual(times(REQUESTS, 200));
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe(`"default";q=${REQUESTS};w=60`);
    const left = answers.map(({ headers }) => Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]));
    expect(left.slice(0, 3)).toEqual([REQUESTS - 1, REQUESTS - 2, REQUESTS - 3]);
    for (const api of [one, two]) {
      const denied = await call(api.url, 'GET', '/api/auth/me', { token });
      expect(denied.status).toBe(429);
      expect(denied.headers.get('content-type')).toContain('application/problem+json');
      expect(denied.body).toMatchObject({
        type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
        status: 429,
        'violated-policies': ['default'],
      });
      const retryAfter = Number(denied.headers.get('retry-after'));
      const t = Number(/^"default";r=0;t=(\d+)$/.exec(denied.headers.get('ratelimit') ?? '')?.[1]);
      expect(retryAfter).toBeGreaterThanOrEqual(t);
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(MINUTE_MS / 1_000 / REQUESTS);
    }
  });

  it('whoever waits as long as he was told is let through', async () => {
    const { accessToken: token } = await register(one.url);
    let last: Answer;
    do last = await call(one.url, 'GET', '/api/auth/me', { token });
    while (last.status === 200);
    await new Promise((resolve) => setTimeout(resolve, Number(last.headers.get('retry-after')) * 1_000));
    expect((await call(one.url, 'GET', '/api/auth/me', { token })).status).toBe(200);
  });

  it('sign-in is limited to 10 a minute for an e-mail, wherever it is tried from', async () => {
    const victim = email();
    const tries = await Promise.all(
      Array.from({ length: 14 }, (_, i) => login(i % 2 ? one : two, victim, `203.0.113.${i}`)),
    );
    expect(statuses(tries).sort()).toEqual([...times(10, 401), ...times(4, 429)]);
    const denied = tries.find(({ status }) => status === 429);
    expect(denied?.body['violated-policies']).toEqual(['login-email']);
    expect((await login(one, victim.toUpperCase(), '203.0.113.99')).status).toBe(429);
    expect((await login(one, email(), '203.0.113.99')).status).toBe(401);
  });

  it('and to 10 a minute for an address, whoever is tried', async () => {
    const tries: Answer[] = [];
    for (let i = 0; i < 10; i += 1) tries.push(await login(i % 2 ? one : two, email(), `2001:db8:7:7::${i}`));
    expect(statuses(tries)).toEqual(times(10, 401));
    const denied = await login(one, email(), '2001:db8:7:7:ffff::1');
    expect([denied.status, denied.body['violated-policies']]).toEqual([429, ['login-ip']]);
    // What the address was denied did not cost the e-mail anything.
    const victim = email();
    for (let i = 0; i < 11; i += 1) expect((await login(two, victim, '2001:db8:7:7::1')).status).toBe(429);
    const emails = async () => (await redis.cli('--scan', '--pattern', '*}:login-email')).split('\n').length;
    await until('what was taken for the e-mail is given back', async () => (await emails()) === 10);
    expect((await login(two, victim, '198.51.100.1')).status).toBe(401);
  });

  it('registration is limited, too', async () => {
    const body = { email: email(), password: 'a password of a person' };
    const tries: Answer[] = [];
    for (let i = 0; i < 11; i += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.${i}` };
      tries.push(await call(one.url, 'POST', '/api/auth/register', { body, headers }));
    }
    expect(statuses(tries)).toEqual([201, ...times(9, 409), 429]);
  });

  it.each(['killed', 'frozen'])(
    'Redis %s: each process allows its part, and sign-in does not open up',
    async (how) => {
      const { accessToken: token } = await register(one.url);
      if (how === 'killed') await redis.kill();
      else redis.freeze();
      try {
        const me: Answer[] = [];
        for (let i = 0; i < REQUESTS; i += 1) me.push(await call(one.url, 'GET', '/api/auth/me', { token }));
        expect(statuses(me)).toEqual([...times(REQUESTS / 2, 200), ...times(REQUESTS / 2, 429)]);
        const victim = email();
        const tries: Answer[] = [];
        for (let i = 0; i < 7; i += 1) tries.push(await login(one, victim, `203.0.113.${i}`));
        expect(statuses(tries)).toEqual([...times(5, 401), 429, 429]);
        expect(Math.max(...[...me, ...tries].map(({ ms }) => ms))).toBeLessThan(MOST_MS);
        expect(tries.at(-1)?.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
        for (let i = 0; i < 30; i += 1) expect((await call(one.url, 'GET', '/health/live')).status).toBe(200);
      } finally {
        if (how === 'killed') await redis.restart();
        else redis.thaw();
      }
      await until('counted in Redis again', async () => {
        await login(one, email(), `192.0.2.${Math.floor(Math.random() * 250)}`);
        return (await redis.cli('--scan', '--pattern', '*}:login-ip')) !== '';
      });
    },
  );
});
