import { connect } from 'node:net';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

let servers: Servers;
let api: ServedApi;

beforeAll(async () => {
  servers = await provideServers();
  api = await serveApi(servers);
}, 60_000);

afterAll(async () => {
  await api?.app.close();
  await servers?.stop();
}, 30_000);

const JSON_TYPE = { 'content-type': 'application/json' };
const LOGIN = '/api/auth/login';

it.each<[string, string, string, string | undefined, Record<string, string>, number]>([
  ['no JSON', 'POST', LOGIN, '{"email":"secret-body', JSON_TYPE, 400],
  ['an empty body', 'POST', LOGIN, '', JSON_TYPE, 400],
  ['no body and no type', 'POST', LOGIN, undefined, {}, 400],
  ['prototype poisoning', 'POST', LOGIN, '{"email":"a@b.co","password":"x","__proto__":{}}', JSON_TYPE, 400],
  ['constructor poisoning', 'POST', LOGIN, '{"constructor":{"prototype":{}}}', JSON_TYPE, 400],
  [
    'deeply nested objects',
    'POST',
    LOGIN,
    '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000),
    JSON_TYPE,
    400,
  ],
  ['deeply nested lists', 'POST', LOGIN, '['.repeat(400_000) + ']'.repeat(400_000), JSON_TYPE, 400],
  ['a list', 'POST', LOGIN, '[]', JSON_TYPE, 400],
  ['null', 'POST', LOGIN, 'null', JSON_TYPE, 400],
  ['too large a body', 'POST', LOGIN, `{"email":"${'x'.repeat(1024 * 1024)}"}`, JSON_TYPE, 413],
  ['a form', 'POST', LOGIN, 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['text', 'POST', LOGIN, '{}', { 'content-type': 'text/plain' }, 415],
  ['a content type that is none', 'POST', LOGIN, '{}', { 'content-type': 'nonsense' }, 415],
  ['an unknown route', 'GET', '/api/nothing', undefined, {}, 404],
  ['another method', 'DELETE', LOGIN, undefined, {}, 404],
  ['an address that cannot be decoded', 'GET', '/api/characters/%zz', undefined, {}, 400],
  ['half a UTF-8 sequence in the address', 'GET', '/api/characters/by-handle/%c3', undefined, {}, 400],
  ['a path parameter without end', 'GET', `/api/characters/${'x'.repeat(1_500)}`, undefined, {}, 414],
  ['headers without end', 'GET', '/api/auth/me', undefined, { 'x-long': 'x'.repeat(20_000) }, 431],
  [
    'a token without end',
    'GET',
    '/api/auth/me',
    undefined,
    { authorization: `Bearer ${'x'.repeat(8_000)}` },
    401,
  ],
])('%s: %s is answered with a problem', async (_what, method, path, body, headers, status) => {
  const answer = await api.call(method, path, { headers, ...(body !== undefined && { body }) });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({
    status,
    type: 'about:blank',
    requestId: expect.stringMatching(/^[\da-f-]{36}$/),
  });
  expect(answer.text).not.toContain('secret-body');
});

it('refuses a body that is not UTF-8', async () => {
  const body = Buffer.concat([Buffer.from('{"email":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
  const response = await fetch(`${api.url}${LOGIN}`, { method: 'POST', headers: JSON_TYPE, body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ detail: 'The request body is not valid UTF-8.' });
});

it('answers what is no HTTP, and hangs up', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () => socket.write('HELLO\r\n\r\n'));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
});

it('accepts a POST that says JSON and sends nothing where nothing is needed', async () => {
  const body = { email: 'nobody@example.com', password: 'correct horse battery' };
  const { accessToken } = (await api.call('POST', '/api/auth/register', { body })).body;
  const answer = await api.call('POST', '/api/auth/logout', { token: accessToken as string, body: '' });
  expect(answer.status).toBe(204);
});

it('names each request in the answer, keeps answers out of caches, and sends the safe headers', async () => {
  const { headers, body } = await api.call('GET', '/api/auth/me');
  expect(headers.get('x-request-id')).toBe(body['requestId']);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
