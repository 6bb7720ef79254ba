import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ImageLinks } from '@sluice/util-images';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

let servers: Servers;
let api: ServedApi;

beforeAll(async () => {
  servers = await provideServers();
  api = await serveApi(servers);
});

afterAll(async () => {
  await api?.app.close();
  await servers?.stop();
});

it('appear neither in the log nor in an error, whatever goes wrong', async () => {
  const email = `secret-${randomUUID()}@example.com`;
  const password = `Secret-${randomUUID()}`;
  const text = `secret-text-${randomUUID()}`;
  const problems: string[] = [];
  const provoke = async (...call: Parameters<ServedApi['call']>) => {
    const answer = await api.call(...call);
    if (answer.status >= 400) problems.push(answer.text);
    return answer;
  };
  const signedIn = (await provoke('POST', '/api/auth/register', { body: { email, password } })).body;
  const { accessToken, refreshToken } = signedIn as { accessToken: string; refreshToken: string };
  const token = accessToken;
  await provoke('POST', '/api/auth/register', { body: { email, password } });
  await provoke('POST', '/api/auth/register', { body: { email: `${email}@`, password } });
  await provoke('POST', '/api/auth/login', { body: { email, password: `${password}x` } });
  await provoke('POST', '/api/auth/login', { body: `{"email":"${email}","password":"${password}` });
  await provoke('POST', `/api/auth/login?email=${email}&password=${password}`, { body: {} });
  await provoke('POST', '/api/auth/login', {
    body: `email=${email}`,
    headers: { 'content-type': 'text/plain' },
  });
  await provoke('POST', '/api/auth/refresh', { body: { refreshToken: `${refreshToken}x` } });
  await provoke('GET', `/api/auth/me?access_token=${token}`, { token: `${token.slice(0, -2)}` });
  await provoke('GET', '/api/characters?cursor=x', { token, headers: { cookie: `session=${token}` } });
  const character = { name: text, handle: 'ada', config: { bio: text } };
  await provoke('POST', '/api/characters', { token, body: character });
  await provoke('POST', '/api/characters', { token, body: character });
  // A signed link, as it is and altered; secrets where they do not belong.
  const link = api.app.get(ImageLinks, { strict: false }).to('file', randomUUID());
  const signature = new URL(link, api.url).searchParams.get('s') ?? '';
  await provoke('GET', link);
  await provoke('GET', `${link}x`);
  await provoke('GET', `/nothing?${link.split('?')[1]}`);
  await provoke('GET', '/metrics', { headers: { authorization: `Basic ${btoa(`ada:${password}`)}` } });
  await provoke('GET', '/api/auth/me', { headers: { authorization: password, 'x-api-key': password } });
  await provoke('PUT', '/api/auth/password', {
    token,
    body: { currentPassword: `${password}x`, newPassword: password },
  });
  await provoke('PATCH', `/api/characters/${randomUUID()}`, { token, body: { name: text } });
  await provoke('GET', `/api/characters/%zz${email}`, { token });

  // What a careless line of ours or of a library would write.
  const dump = {
    err: Object.assign(new Error(`duplicate (email)=(${email})`), { params: [email, password] }),
  };
  new Logger('Careless').error(
    dump,
    `at postgres://ada:${encodeURIComponent(password)}@db/x with Bearer ${token}`,
  );

  // The database goes, in the middle of everything.
  await servers.database.stop();
  const lost = [
    await provoke('POST', '/api/auth/login', { body: { email, password } }),
    await provoke('POST', '/api/auth/register', { body: { email: `x${email}`, password } }),
    await provoke('POST', '/api/auth/refresh', { body: { refreshToken } }),
    await provoke('POST', '/api/characters', { token, body: { ...character, handle: 'bob' } }),
    await provoke('PATCH', `/api/characters/${randomUUID()}`, { token, body: { name: text } }),
    await provoke('GET', '/api/auth/me', { token }),
  ];
  for (const { status, headers } of lost) {
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
  }

  const log = api.log();
  expect(log.split('\n').length).toBeGreaterThan(20);
  expect(log).toContain('"path":"/api/auth/login"');
  expect(log).toContain('"context":"Careless"');
  const databasePassword = new URL(servers.database.url).password;
  const secrets = [
    email,
    password,
    text,
    accessToken,
    refreshToken,
    token.slice(0, -2),
    signature,
    btoa(`ada:${password}`),
    '$argon2',
    servers.database.url,
  ];
  if (databasePassword.length > 5) secrets.push(databasePassword);
  for (const secret of secrets) expect(log).not.toContain(secret);
  // Answers go to the one who sent these; even so only the address is said back, as it was asked for.
  const said = problems
    .map((problem) => JSON.stringify({ ...(JSON.parse(problem) as object), instance: '' }))
    .join();
  for (const secret of secrets) expect(said).not.toContain(secret);
});
