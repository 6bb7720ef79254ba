import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { executeSql, provideDatabase, provideRedis } from '@sluice/testing-servers';
import { type AuthApp, PASSWORD, serveAuth } from '../testing/serve-auth';

const keyPrefix = `test-${randomUUID()}:`;
let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
/** Two instances of the app, as two processes would be: each with its own connections and memory. */
let a: AuthApp;
let b: AuthApp;

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const servers = { redisUrl: redis.url, databaseUrl: database.url, keyPrefix };
  a = await serveAuth(servers);
  b = await serveAuth(servers);
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await Promise.all([redis?.stop(), database?.stop()]);
});

let counter = 0;
const newEmail = () => `user${++counter}-${randomUUID()}@example.com`;
const me = (app: AuthApp, token: string) => app.call('GET', 'me', { token });
const refresh = (app: AuthApp, refreshToken: string) =>
  app.call('POST', 'refresh', { body: { refreshToken } });

describe('registration and sign-in', () => {
  it('registers, and knows the user by any spelling of the e-mail', async () => {
    const email = newEmail();
    const { user, accessToken, refreshToken, expiresIn } = await a.register(` ${email.toUpperCase()} `);
    expect(user).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), email });
    expect(expiresIn).toBe(900);
    expect(refreshToken).toMatch(/^[\w-]{43}$/);
    expect((await me(b, accessToken)).body).toEqual({
      id: user.id,
      email,
      createdAt: expect.stringMatching(/Z$/),
    });
    expect((await b.login(email.toUpperCase())).user).toEqual(user);
  });

  it('leaves no account behind when the session cannot be made', async () => {
    const email = newEmail();
    await executeSql(
      database.url,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger refuse before insert on refresh_tokens for each row execute function refuse();`,
    );
    try {
      const { status } = await a.call('POST', 'register', { body: { email, password: PASSWORD } });
      expect(status).toBe(500);
    } finally {
      await executeSql(database.url, 'drop trigger refuse on refresh_tokens; drop function refuse();');
    }
    expect((await a.register(email)).user.email).toBe(email);
  });

  it('lets one of many registrations of one e-mail at the same moment through', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? a : b).call('POST', 'register', {
          body: { email: i % 3 ? email : email.toUpperCase(), password: PASSWORD },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['email', 'password']],
    [
      'an e-mail that is none and a short password',
      { email: 'ada', password: 'short' },
      ['email', 'password'],
    ],
    ['eleven code points', { email: 'a@example.com', password: '😀'.repeat(11) }, ['password']],
    ['129 characters', { email: 'a@example.com', password: 'x'.repeat(129) }, ['password']],
    ['NUL', { email: 'a@example.com', password: `${PASSWORD}\0` }, ['password']],
    ['unknown fields', { email: 'a@example.com', password: PASSWORD, role: 'admin' }, ['role']],
    ['other types', { email: 1, password: null }, ['email', 'password']],
  ])('refuses %s and names it', async (_what, body, fields) => {
    const answer = await a.call('POST', 'register', { body });
    expect(answer.status).toBe(400);
    expect((answer.body['errors'] as { path: string }[]).map(({ path }) => path).sort()).toEqual(fields);
  });
});

describe('refresh tokens', () => {
  it('give tabs that refresh at the same moment the same successor, on every instance', async () => {
    const first = (await a.register(newEmail())).refreshToken;
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => refresh(i % 2 ? a : b, first)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const successors = new Set(answers.map(({ body }) => body['refreshToken']));
    expect(successors.size).toBe(1);
    expect(successors.has(first)).toBe(false);

    // Also when one tab went on meanwhile: the other still gets the successor, which is itself within its time.
    const second = [...successors][0] as string;
    const third = (await refresh(a, second)).body['refreshToken'];
    expect((await refresh(b, first)).body['refreshToken']).toBe(second);
    expect((await refresh(b, second)).body['refreshToken']).toBe(third);
  });

  it('used again later, end their whole family, at once and on every instance', async () => {
    const signedIn = await a.register(newEmail());
    const other = await a.login(signedIn.user.email);
    const second = (await refresh(a, signedIn.refreshToken)).body as {
      accessToken: string;
      refreshToken: string;
    };
    expect((await me(b, second.accessToken)).status).toBe(200);
    const started = Date.now();
    // The stolen token is good for its successor until its time is over.
    let status = 200;
    while (status === 200 && Date.now() - started < 15_000) {
      await pause(200);
      status = (await refresh(b, signedIn.refreshToken)).status;
    }
    expect(status).toBe(401);
    expect(Date.now() - started).toBeGreaterThan(9_000);
    expect((await me(a, second.accessToken)).status).toBe(401);
    expect((await me(b, second.accessToken)).status).toBe(401);
    expect((await refresh(a, second.refreshToken)).status).toBe(401);
    expect((await me(a, other.accessToken)).status).toBe(200);
  });

  it('are refused when unknown, malformed, or of an ended session', async () => {
    const { accessToken, refreshToken } = await a.register(newEmail());
    await a.call('POST', 'logout', { token: accessToken });
    for (const token of [refreshToken, 'x', randomUUID(), accessToken.slice(0, 512)]) {
      expect((await refresh(b, token)).status).toBe(401);
    }
    expect((await refresh(b, 'x'.repeat(513))).status).toBe(400);
  });
});

describe('sessions', () => {
  it.each<[string, (token: string, id: string) => Promise<{ status: number }>]>([
    ['logout', (token) => a.call('POST', 'logout', { token })],
    ['logout-all', (token) => a.call('POST', 'logout-all', { token })],
    ['deleting the session', (token, id) => a.call('DELETE', `sessions/${id}`, { token })],
  ])('end by %s, seen by the other instance on the next request', async (_how, end) => {
    const { accessToken } = await a.register(newEmail());
    const list = (await b.call('GET', 'sessions', { token: accessToken })).body as { data: { id: string }[] };
    expect((await me(b, accessToken)).status).toBe(200);
    expect((await end(accessToken, list.data[0]?.id ?? '')).status).toBe(204);
    const ended = Date.now();
    expect((await me(a, accessToken)).status).toBe(401);
    expect((await me(b, accessToken)).status).toBe(401);
    expect(Date.now() - ended).toBeLessThan(1_000);
  });

  it('are never brought back to life by requests that run while they end', async () => {
    const { accessToken } = await a.register(newEmail());
    let ended = false;
    const hammer = async (app: AuthApp) => {
      while (!ended) await me(app, accessToken);
    };
    const load = [a, b, b, b].map(hammer);
    await a.call('POST', 'logout', { token: accessToken });
    const after = await Promise.all([a, b].flatMap((app) => [me(app, accessToken), me(app, accessToken)]));
    ended = true;
    await Promise.all(load);
    expect(after.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it('are listed newest first, page by page, and only to their owner', async () => {
    const { user, accessToken } = await a.register(newEmail());
    await a.login(user.email);
    await a.login(user.email);
    const pages: { data: { id: string; current: boolean }[]; page: { nextCursor: string | null } }[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `sessions?limit=2${cursor && `&cursor=${cursor}`}`;
      const answer = (await a.call('GET', path, { token: accessToken })).body as (typeof pages)[0];
      pages.push(answer);
      cursor = answer.page.nextCursor;
    }
    expect(pages.map(({ data }) => data.length)).toEqual([2, 1]);
    const ids = pages.flatMap(({ data }) => data.map(({ id }) => id));
    expect([...ids].sort().reverse()).toEqual(ids);
    expect(pages[1]?.data[0]).toMatchObject({ current: true, userAgent: 'node', ip: '127.0.0.1' });

    const stranger = await b.register(newEmail());
    const token = stranger.accessToken;
    expect((await b.call('DELETE', `sessions/${ids[0]}`, { token })).status).toBe(404);
    expect((await b.call('GET', `sessions?cursor=${pages[0]?.page.nextCursor}`, { token })).status).toBe(400);
    expect((await b.call('DELETE', 'sessions/7', { token })).status).toBe(400);
    expect((await a.call('DELETE', `sessions/${ids[0]}`, { token: accessToken })).status).toBe(204);
    expect((await a.call('DELETE', `sessions/${ids[0]}`, { token: accessToken })).status).toBe(404);
  });

  it('but the present one end when the password is changed', async () => {
    const { user, accessToken } = await a.register(newEmail());
    const other = await b.login(user.email);
    const newPassword = 'another horse battery';
    const change = (currentPassword: string) =>
      a.call('PUT', 'password', { token: accessToken, body: { currentPassword, newPassword } });
    expect((await change('not the password')).status).toBe(403);
    expect((await me(b, other.accessToken)).status).toBe(200);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await me(b, other.accessToken)).status).toBe(401);
    expect((await refresh(b, other.refreshToken)).status).toBe(401);
    expect((await me(a, accessToken)).status).toBe(200);
    await expect(a.login(user.email)).rejects.toThrow('401');
    expect((await b.login(user.email, newPassword)).user).toEqual(user);
  });

  it('cannot outlive a password change by a sign-in that was under way', async () => {
    const { user, accessToken } = await a.register(newEmail());
    const body = { currentPassword: PASSWORD, newPassword: 'another horse battery' };
    const [change, ...logins] = await Promise.all([
      a.call('PUT', 'password', { token: accessToken, body }),
      ...Array.from({ length: 12 }, () =>
        b.call('POST', 'login', { body: { email: user.email, password: PASSWORD } }),
      ),
    ]);
    expect(change?.status).toBe(204);
    const alive = await Promise.all(
      logins.filter(({ status }) => status === 200).map(({ body }) => me(a, body['accessToken'] as string)),
    );
    expect(alive.filter(({ status }) => status !== 401)).toEqual([]);
  });
});

describe('what is kept', () => {
  it('holds no token, password or e-mail in Redis', async () => {
    const email = newEmail();
    const { accessToken, refreshToken } = await a.register(email);
    await me(a, accessToken);
    const keys = (await redis.cli('--scan', '--pattern', `${keyPrefix}cache:session:*`))
      .split('\n')
      .filter(Boolean);
    expect(keys.length).toBeGreaterThan(0);
    const values = (await Promise.all(keys.map((key) => redis.cli('GET', key)))).join('\n');
    for (const secret of [email, accessToken, refreshToken, PASSWORD, '$argon2'])
      expect(values).not.toContain(secret);
  });
});
