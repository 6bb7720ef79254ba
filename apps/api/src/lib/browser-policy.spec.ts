import { randomUUID } from 'node:crypto';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';
import { personWithEverything } from '../testing/two-users';

const APP = 'https://app.example.com';
let servers: Servers;
let closed: ServedApi;
let open: ServedApi;

beforeAll(async () => {
  servers = await provideServers();
  closed = await serveApi(servers);
  open = await serveApi(servers, {
    settings: { browsers: { corsOrigins: [APP, 'http://localhost:5173'], hstsSeconds: 0 } },
  });
}, 60_000);

afterAll(async () => {
  await Promise.all([closed?.app.close(), open?.app.close()]);
  await servers?.stop();
}, 30_000);

const corsHeaders = (headers: Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control'));

const preflight = (api: ServedApi, origin: string) =>
  api.call('OPTIONS', '/api/characters', {
    headers: {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,if-match',
    },
  });

describe('without CORS_ORIGINS', () => {
  it('no origin is let in', async () => {
    const asked = await preflight(closed, APP);
    expect([asked.status, corsHeaders(asked.headers)]).toEqual([404, []]);
    const answer = await closed.call('GET', '/health/live', { headers: { origin: APP } });
    expect([answer.status, corsHeaders(answer.headers)]).toEqual([200, []]);
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it.each(['/health/live', '/api/auth/me', '/nothing', '/docs'])(
    '%s is sent with the safe headers',
    async (path) => {
      const { headers } = await closed.call('GET', path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': expect.stringContaining("script-src 'self'"),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
      });
      for (const name of ['x-powered-by', 'server']) expect(headers.get(name)).toBeNull();
    },
  );
});

describe('with CORS_ORIGINS', () => {
  it('a preflight of an origin that is named is told what it may do', async () => {
    const { status, headers } = await preflight(open, APP);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(APP);
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')).toContain('If-Match');
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.get('vary')).toMatch(/origin/i);
  });

  it('answers, problems and streams may be read by it, without cookies', async () => {
    const { token, imageId } = await personWithEverything(open, servers);
    const headers = { origin: APP };
    for (const [path, status] of [
      ['/api/characters', 200],
      [`/api/characters/${randomUUID()}`, 404],
      ['/api/characters?limit=x', 400],
      [`/api/images/${imageId}/events`, 200],
    ] as const) {
      const answer = await open.call('GET', path, { token, headers });
      expect([path, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
        path,
        status,
        APP,
      ]);
      expect(answer.headers.get('access-control-expose-headers')).toContain('ETag');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    }
    expect(
      (await open.call('GET', '/api/auth/me', { headers })).headers.get('access-control-allow-origin'),
    ).toBe(APP);
  });

  it.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'null',
    '*',
  ])('%s is let in by nothing', async (origin) => {
    for (const { headers } of [
      await preflight(open, origin),
      await open.call('GET', '/health/live', { headers: { origin } }),
    ]) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toMatch(/origin/i);
    }
  });

  it('a picture may be shown there, and HSTS is as configured', async () => {
    const { headers } = await open.call('GET', '/health/live');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('strict-transport-security')).toBe('max-age=0; includeSubDomains');
  });
});
