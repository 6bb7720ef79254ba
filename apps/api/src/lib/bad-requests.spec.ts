import type { Server } from 'node:http';
import { connect } from 'node:net';
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

const JSON_TYPE = { 'content-type': 'application/json' };
const LOGIN = '/api/auth/login';

const manyHeaders = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-header-${i}`, '1']));
const manyFields = (count: number) => Array.from({ length: count }, (_, i) => `field${i}=1`).join('&');

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
  ['too many headers', 'GET', '/api/auth/me', undefined, manyHeaders(101), 431],
  ['an address without end', 'GET', `/api/characters?cursor=${'x'.repeat(4_100)}`, undefined, {}, 414],
  ['an unknown address without end', 'GET', `/nothing/${'x/'.repeat(2_100)}`, undefined, {}, 414],
  ['too many fields in the query', 'GET', `/api/characters?${'a=1&'.repeat(40)}`, undefined, {}, 400],
  ['too many different fields in the query', 'GET', `/nothing?${manyFields(33)}`, undefined, {}, 400],
  ['too many levels in a body', 'POST', LOGIN, `${'['.repeat(33)}${']'.repeat(33)}`, JSON_TYPE, 400],
  ['a compressed body', 'POST', LOGIN, '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415],
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

/** Sends this, and keeps what comes back until the other side hangs up. */
function raw({ url }: ServedApi, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const HEAD = `POST ${LOGIN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;

it.each([
  ['what is no HTTP', 'HELLO\r\n\r\n', 400],
  ['a request without a Host', `GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n`, 400],
  ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, 400],
  ['a length and chunks', `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  [
    'chunks that are more than a body may be',
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n${`10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(17)}0\r\n\r\n`,
    413,
  ],
  ['a length that is more than a body may be', `${HEAD}Content-Length: 9999999999\r\n\r\n{`, 413],
])('answers %s with a problem, and hangs up', async (_what, text, status) => {
  const answer = await raw(api, text);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/content-type: application\/problem\+json/i);
});

describe('what arrives too slowly', () => {
  let impatient: ServedApi;
  beforeAll(async () => {
    impatient = await serveApi(servers, { bounds: { headersTimeout: 1_000, requestTimeout: 2_000 } });
  }, 60_000);
  afterAll(() => impatient?.app.close(), 30_000);

  it.each([
    ['headers that do not end', `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: `],
    ['a body that does not end', `${HEAD}Content-Length: 100\r\n\r\n{"email":`],
    ['chunks that do not end', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"ema\r\n`],
  ])('is answered with 408, and let go: %s', async (_what, text) => {
    const answer = await raw(impatient, text);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('application/problem+json');
  });
});

it('the bounds are these, unless a test says otherwise', () => {
  const server = api.app.getHttpServer() as Server;
  expect([server.headersTimeout, server.requestTimeout, server.timeout]).toEqual([10_000, 15_000, 60_000]);
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
