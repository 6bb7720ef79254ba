import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { type Answer, provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

interface Operation {
  security?: unknown[];
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
  requestBody?: { content: Record<string, { schema: object }> };
  parameters?: { name: string; in: string; schema?: object }[];
}

let servers: Servers;
let api: ServedApi;
let paths: Record<string, Record<string, Operation>>;
const routes = new Set<string>();

beforeAll(async () => {
  servers = await provideServers();
  api = await serveApi(servers, { beforeListening: collectRoutes });
  const document = (await api.call('GET', '/docs/openapi.json')).body as {
    paths: typeof paths;
    openapi: string;
  };
  expect(document.openapi).toBe('3.1.0');
  paths = document.paths;
}, 60_000);

afterAll(async () => {
  await api?.app.close();
  await servers?.stop();
}, 30_000);

function collectRoutes(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) {
        if (one !== 'HEAD' && /^\/(api|health)\//.test(`${url}/`))
          routes.add(`${one} ${url.replace(/:(\w+)/g, '{$1}')}`);
      }
    });
}

const ajv = addFormats(new Ajv2020({ strict: true, allErrors: true }));
const validators = new Map<object, ValidateFunction>();

/** Fails unless the document foresees exactly this answer. */
function expectDocumented(method: string, path: string, { status, headers, body, text }: Answer): void {
  const where = `${method} ${path} ${status}`;
  const response = paths[path]?.[method.toLowerCase()]?.responses[status];
  if (!response) throw new Error(`${where} is not in the document`);
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  if (!response.content) return expect({ where, text }).toEqual({ where, text: '' });
  const schema = response.content[type]?.schema;
  if (!schema) throw new Error(`${where}: ${type} is not in the document`);
  const validate = validators.get(schema) ?? ajv.compile(schema);
  validators.set(schema, validate);
  validate(body);
  expect({ where, errors: validate.errors }).toEqual({ where, errors: null });
}

it('documents every route under /api and /health, and no other', () => {
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.size).toBeGreaterThanOrEqual(17);
  expect(documented.sort()).toEqual([...routes].sort());
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

  await visit('GET', '/health/live', 200);
  expect((await visit('GET', '/health/ready', 200)).body).toMatchObject({
    status: 'ok',
    checks: { redis: { status: 'ok' }, database: { status: 'ok' } },
  });
  await visit('POST', '/api/auth/logout', 204, { token });
  const { accessToken } = (
    await api.call('POST', '/api/auth/login', { body: { ...credentials, password: 'a new horse battery' } })
  ).body;
  await visit('POST', '/api/auth/logout-all', 204, { token: accessToken as string });
  expect([...visited].sort()).toEqual([...routes].sort());
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
