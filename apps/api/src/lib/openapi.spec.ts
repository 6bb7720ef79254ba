import { randomUUID } from 'node:crypto';
import { ApiDocument, type Paths } from '../testing/api-document';
import { collectRoutes } from '../testing/collect-routes';
import { type Answer, provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

let servers: Servers;
let api: ServedApi;
let document: ApiDocument;
let paths: Paths;
/** Those that the document must have. */
let routes: string[];

beforeAll(async () => {
  servers = await provideServers();
  let all: ReadonlySet<string> = new Set();
  api = await serveApi(servers, { beforeListening: (app) => (all = collectRoutes(app)) });
  routes = [...all].filter((route) => /^[A-Z]+ \/(api|health)\//.test(route)).sort();
  document = await ApiDocument.of(api);
  paths = document.paths;
});

afterAll(async () => {
  await api?.app.close();
  await servers?.stop();
});

/** Fails unless the document foresees exactly this answer. */
function expectDocumented(method: string, path: string, answer: Answer): void {
  expect({ method, path, fault: document.fault(method, path, answer) }).toEqual({
    method,
    path,
    fault: undefined,
  });
}

it('documents every route under /api and /health, and no other', () => {
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.length).toBeGreaterThanOrEqual(17);
  expect(documented.sort()).toEqual(routes);
});

it('says of each route whether it needs a token, and means it', async () => {
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(operations)) {
      const answer = await api.call(method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), {
        ...(method !== 'get' && method !== 'delete' && { body: {} }),
      });
      expect({ method, path, unauthenticated: answer.status === 401 }).toEqual({
        method,
        path,
        unauthenticated: (security ?? []).length > 0,
      });
    }
  }
});

it('says of each route whether its requests are counted, and in which headers', async () => {
  for (const [path, operations] of Object.entries(paths)) {
    for (const { responses } of Object.values(operations)) {
      const limited = !path.startsWith('/health/');
      const headers = Object.keys((responses['429'] as { headers?: object } | undefined)?.headers ?? {});
      expect({ path, headers }).toEqual({
        path,
        headers: limited ? ['RateLimit-Policy', 'RateLimit', 'Retry-After'] : [],
      });
    }
  }
  expect((await api.call('POST', '/api/auth/login', { body: {} })).headers.get('ratelimit')).toContain(
    '"login-ip"',
  );
  expect((await api.call('GET', '/health/live')).headers.get('ratelimit')).toBeNull();
});

it('describes the input that is validated', () => {
  expect(paths['/api/characters']?.['post']?.requestBody?.content['application/json']?.schema).toMatchObject({
    required: ['name', 'handle'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', maxLength: 80 },
      config: { additionalProperties: false, properties: { age: { minimum: 18, maximum: 120 } } },
    },
  });
  expect(paths['/api/characters']?.['get']?.parameters).toEqual([
    expect.objectContaining({
      name: 'limit',
      in: 'query',
      required: false,
      schema: expect.objectContaining({ default: 20 }),
    }),
    expect.objectContaining({ name: 'cursor', in: 'query', required: false }),
  ]);
  expect(paths['/api/characters/{id}']?.['get']?.parameters).toContainEqual(
    expect.objectContaining({
      name: 'id',
      in: 'path',
      required: true,
      schema: expect.objectContaining({ format: 'uuid' }),
    }),
  );
});

it('answers with what it documents, in success and in failure', async () => {
  const visited = new Set<string>();
  const visit = async (
    method: string,
    path: string,
    status: number,
    options: Parameters<ServedApi['call']>[2] & { at?: string } = {},
  ) => {
    const answer = await api.call(method, options.at ?? path, options);
    expect({ method, path, status: answer.status }).toEqual({ method, path, status });
    expectDocumented(method, path, answer);
    visited.add(`${method} ${path}`);
    return answer;
  };
  const email = `${randomUUID()}@example.com`;
  const credentials = { email, password: 'correct horse battery' };
  const signedIn = (await visit('POST', '/api/auth/register', 201, { body: credentials })).body;
  await visit('POST', '/api/auth/register', 409, { body: credentials });
  await visit('POST', '/api/auth/register', 400, { body: {} });
  await visit('POST', '/api/auth/login', 401, { body: { ...credentials, password: 'wrong' } });
  const login = (await visit('POST', '/api/auth/login', 200, { body: credentials })).body;
  await visit('POST', '/api/auth/refresh', 200, { body: { refreshToken: login['refreshToken'] } });
  await visit('POST', '/api/auth/refresh', 401, { body: { refreshToken: 'none' } });
  const token = signedIn['accessToken'] as string;
  await visit('GET', '/api/auth/me', 200, { token });
  await visit('GET', '/api/auth/me', 401);
  const sessions = (await visit('GET', '/api/auth/sessions', 200, { token })).body['data'] as {
    id: string;
    current: boolean;
  }[];
  const other = sessions.find(({ current }) => !current);
  await visit('DELETE', '/api/auth/sessions/{id}', 204, { token, at: `/api/auth/sessions/${other?.id}` });
  await visit('DELETE', '/api/auth/sessions/{id}', 404, { token, at: `/api/auth/sessions/${other?.id}` });
  await visit('PUT', '/api/auth/password', 403, {
    token,
    body: { currentPassword: 'wrong', newPassword: 'a new horse battery' },
  });
  await visit('PUT', '/api/auth/password', 204, {
    token,
    body: { currentPassword: credentials.password, newPassword: 'a new horse battery' },
  });

  const character = await visit('POST', '/api/characters', 201, {
    token,
    body: { name: 'Ada', handle: 'ada', config: { age: 30 } },
  });
  await visit('POST', '/api/characters', 409, { token, body: { name: 'Ada', handle: 'ADA' } });
  const at = character.headers.get('location') ?? '';
  const etag = character.headers.get('etag') ?? '';
  const first = await visit('GET', '/api/characters/{id}', 200, { token, at });
  const second = await visit('GET', '/api/characters/{id}', 200, { token, at });
  expect([first, second].map(({ headers }) => headers.get('cache-status'))).toEqual([
    expect.stringContaining('character; fwd=miss'),
    'session; hit, character; hit',
  ]);
  await visit('GET', '/api/characters/{id}', 304, { token, at, headers: { 'if-none-match': etag } });
  await visit('GET', '/api/characters/{id}', 400, { token, at: '/api/characters/x' });
  await visit('GET', '/api/characters/by-handle/{handle}', 200, {
    token,
    at: '/api/characters/by-handle/ADA',
  });
  await visit('GET', '/api/characters/by-handle/{handle}', 404, {
    token,
    at: '/api/characters/by-handle/bob',
  });
  await visit('GET', '/api/characters', 200, { token });
  await visit('PATCH', '/api/characters/{id}', 200, { token, at, body: { config: { style: 'anime' } } });
  await visit('PATCH', '/api/characters/{id}', 412, {
    token,
    at,
    body: { name: 'B' },
    headers: { 'if-match': etag },
  });
  await visit('DELETE', '/api/characters/{id}', 204, { token, at });
  await visit('DELETE', '/api/characters/{id}', 404, { token, at });

  const unknown = `/api/images/${randomUUID()}`;
  const image = { prompt: 'a tower', width: 64, height: 64 };
  await visit('POST', '/api/images', 503, { token, body: image });
  await visit('POST', '/api/images', 400, { token, body: {} });
  await visit('GET', '/api/images/{id}', 404, { token, at: unknown });
  await visit('DELETE', '/api/images/{id}', 404, { token, at: unknown });
  await visit('POST', '/api/images/{id}/cancel', 404, { token, at: `${unknown}/cancel` });
  await visit('GET', '/api/images/{id}/file', 404, { token, at: `${unknown}/file` });
  await visit('GET', '/api/images/{id}/file', 403, { at: `${unknown}/file?e=1&s=x` });
  await visit('GET', '/api/images/{id}/events', 404, { token, at: `${unknown}/events` });
  await visit('PUT', '/api/images/{id}/like', 404, { token, at: `${unknown}/like` });
  await visit('DELETE', '/api/images/{id}/like', 404, { token, at: `${unknown}/like` });
  await visit('GET', '/api/gallery', 200, { token });
  await visit('GET', '/api/gallery', 400, { token, at: '/api/gallery?status=unknown' });

  await visit('GET', '/health/live', 200);
  expect((await visit('GET', '/health/ready', 200)).body).toMatchObject({
    status: 'ok',
    checks: {
      redis: { status: 'ok' },
      database: { status: 'ok' },
      comfyui: { status: 'ok' },
      elections: { status: 'ok' },
    },
  });
  await visit('POST', '/api/auth/logout', 204, { token });
  const { accessToken } = (
    await api.call('POST', '/api/auth/login', { body: { ...credentials, password: 'a new horse battery' } })
  ).body;
  await visit('POST', '/api/auth/logout-all', 204, { token: accessToken as string });
  expect([...visited].sort()).toEqual(routes);
});

it('shows the document on a page that works without the internet', async () => {
  const page = await api.call('GET', '/docs');
  expect(page.headers.get('content-type')).toContain('text/html');
  const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => asset as string);
  expect(assets.length).toBeGreaterThan(3);
  for (const asset of assets) {
    expect(asset).not.toMatch(/^https?:/);
    expect({ asset, status: (await fetch(new URL(asset, `${api.url}/docs`))).status }).toEqual({
      asset,
      status: 200,
    });
  }
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('upgrade-insecure-requests');
});
