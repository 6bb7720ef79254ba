import { provideDatabase, startPostgres, startRedis, until } from '@sluice/testing-servers';
import { call, createCharacter, register } from './support/api-client';
import { serveApi } from './support/served-api';

/** Words that only we know, planted wherever a person or an operator puts a secret. */
const REDIS_PASSWORD = 'planted-redis-password';
const DATABASE_PASSWORD = 'planted-database-password';
const WRONG_PASSWORD = 'planted-wrong-password';

it('no password, token, e-mail or connection string in the output, whatever goes wrong', async () => {
  const [redis, postgres] = await Promise.all([startRedis({ password: REDIS_PASSWORD }), startPostgres()]);
  // Our own server trusts everybody on this machine, so any password does.
  const databaseUrl = postgres.url.replace('postgres@', `postgres:${DATABASE_PASSWORD}@`);
  expect(databaseUrl).toContain(DATABASE_PASSWORD);
  const api = await serveApi({ REDIS_URL: redis.url, DATABASE_URL: databaseUrl, LOG_LEVEL: 'trace' });
  const account = await register(api.url);
  const { email, password, accessToken: token, refreshToken } = account;
  const answers: unknown[] = [];
  const provoke = async (method: string, path: string, options: Parameters<typeof call>[3] = {}) => {
    const answer = await call(api.url, method, path, options);
    if (answer.status >= 400) answers.push(answer.body);
    return answer.status;
  };
  try {
    const id = await createCharacter(api.url, token);
    expect(await provoke('POST', '/api/auth/register', { body: { email, password } })).toBe(409);
    expect(await provoke('POST', '/api/auth/login', { body: { email, password: WRONG_PASSWORD } })).toBe(401);
    expect(await provoke('POST', '/api/auth/login', { body: `{"email":"${email}","password":` })).toBe(400);
    expect(await provoke('POST', '/api/auth/login', { body: { email: 5, password } })).toBe(400);
    expect(await provoke('GET', '/api/auth/me', { token: `${token}x` })).toBe(401);
    expect(await provoke('GET', `/api/characters/${id}?token=${token}`, { token })).toBeLessThan(500);
    const rotated = await call<{ refreshToken: string }>(api.url, 'POST', '/api/auth/refresh', {
      body: { refreshToken },
    });
    expect(rotated.status).toBe(200);

    redis.freeze();
    await provoke('GET', `/api/characters/${id}`, { token });
    redis.thaw();
    await redis.kill();
    await provoke('GET', `/api/characters/${id}`, { token });

    await postgres.kill();
    const duringLoss = await Promise.all([
      provoke('POST', '/api/auth/login', { body: { email, password } }),
      provoke('POST', '/api/auth/register', { body: { email: `x${email}`, password } }),
      provoke('GET', `/api/characters/${id}`, { token }),
      provoke('POST', '/api/auth/refresh', { body: { refreshToken: rotated.body.refreshToken } }),
    ]);
    expect(new Set(duringLoss)).toEqual(new Set([503]));
    await postgres.restart();
    await until('the database is back', async () => {
      return (await provoke('POST', '/api/auth/login', { body: { email, password } })) === 200;
    });

    expect(await api.stop()).toBe(0);
    const said = api.output() + JSON.stringify(answers);
    expect(said.length).toBeGreaterThan(1_000);
    for (const [what, secret] of Object.entries({
      email,
      password,
      token,
      refreshToken,
      next: rotated.body.refreshToken,
      redis: REDIS_PASSWORD,
      wrong: WRONG_PASSWORD,
      database: DATABASE_PASSWORD,
      databaseUrl,
    })) {
      expect([what, said.includes(secret)]).toEqual([what, false]);
    }
  } finally {
    await api.stop('SIGKILL');
    await Promise.all([redis.stop(), postgres.stop()]);
  }
});

it('a wrong connection string stops the start without being shown', async () => {
  const database = await provideDatabase();
  const secret = 'planted-secret-in-a-url';
  const broken: Record<string, string>[] = [
    { REDIS_URL: `redis://:${secret}#x@127.0.0.1`, DATABASE_URL: database.url },
    { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: `postgres://u:${secret}@[bad` },
    { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: database.url, APP_SECRET: secret },
  ];
  for (const env of broken) {
    const failure: unknown = await serveApi(env).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/exit code 1/);
    expect(String(failure)).not.toContain(secret);
  }
  await database.stop();
});
