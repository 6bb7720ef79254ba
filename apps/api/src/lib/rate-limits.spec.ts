import { randomUUID } from 'node:crypto';
import { RatePlans } from '@sluice/feature-throttler';
import { ImageLinks } from '@sluice/util-images';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

let servers: Servers;
let api: ServedApi | undefined;
let prefix = '';

beforeAll(async () => {
  servers = await provideServers();
});
afterEach(() => api?.app.close());
afterAll(() => servers?.stop());

const LIMITS = {
  requestsPerMinute: 100,
  burst: 100,
  signInPerMinute: 10,
  imagesPerMinute: 20,
  linksPerMinute: 1_000,
  instances: 1,
  deadlineMs: 500,
};

async function serve(limits: Partial<typeof LIMITS>, trustedProxies: string[] = []): Promise<ServedApi> {
  const settings = { rateLimits: { ...LIMITS, ...limits }, trustedProxies };
  // Each with keys of its own, or what one test has used up would be missing in the next.
  prefix = `test-${randomUUID()}:`;
  api = await serveApi({ ...servers, keyPrefix: prefix }, { settings });
  return api;
}

const credentials = () => ({ email: `${randomUUID()}@example.com`, password: 'correct horse battery' });

async function signIn(served: ServedApi): Promise<string> {
  const { status, body } = await served.call('POST', '/api/auth/register', { body: credentials() });
  expect(status).toBe(201);
  return body['accessToken'] as string;
}

it('asks who it is, then counts, then looks whether the session is still valid', async () => {
  const served = await serve({ requestsPerMinute: 5, burst: 5 });
  const token = await signIn(served);
  const me = (options: { token: string }) => served.call('GET', '/api/auth/me', options);
  // No valid token: nobody to count for, and nothing that costs anything.
  for (let i = 0; i < 10; i += 1) expect((await me({ token: 'x' })).status).toBe(401);
  expect((await served.call('POST', '/api/auth/logout', { token })).status).toBe(204);
  const ended = await me({ token });
  expect(ended.status).toBe(401);
  expect(ended.headers.get('ratelimit')).toMatch(/^"default";r=3;t=\d+$/);
  for (let i = 0; i < 3; i += 1) expect((await me({ token })).status).toBe(401);
  expect((await me({ token })).status).toBe(429);
});

it('counts a user over all routes, and another user apart', async () => {
  const served = await serve({ requestsPerMinute: 4, burst: 4 });
  const [one, two] = [await signIn(served), await signIn(served)];
  for (const path of ['/api/auth/me', '/api/characters', '/api/auth/sessions', '/api/auth/me']) {
    expect((await served.call('GET', path, { token: one })).status).toBe(200);
  }
  const denied = await served.call('GET', '/api/characters', { token: one });
  expect(denied.status).toBe(429);
  expect(denied.body).toMatchObject({ 'violated-policies': ['default'], requestId: expect.any(String) });
  expect(denied.headers.get('cache-control')).toBe('no-store');
  expect((await served.call('GET', '/api/characters', { token: two })).status).toBe(200);
});

it('does not count probes, metrics, and the document', async () => {
  const served = await serve({ requestsPerMinute: 1, burst: 1 });
  for (const path of ['/health/live', '/health/ready', '/metrics', '/docs', '/docs/openapi.json']) {
    for (let i = 0; i < 3; i += 1) {
      const { status, headers } = await served.call('GET', path);
      expect([path, status, headers.get('ratelimit')]).toEqual([path, 200, null]);
    }
  }
});

it('takes the address of a client from trusted proxies alone', async () => {
  const login = (served: ServedApi, forwardedFor: string) =>
    served.call('POST', '/api/auth/login', {
      body: credentials(),
      headers: { 'x-forwarded-for': forwardedFor },
    });
  const direct = await serve({ signInPerMinute: 2 });
  const spoofed = [];
  for (let i = 0; i < 3; i += 1) spoofed.push((await login(direct, `203.0.113.${i}`)).status);
  expect(spoofed).toEqual([401, 401, 429]);
  await direct.app.close();
  const behind = await serve({ signInPerMinute: 2 }, ['loopback']);
  for (let i = 0; i < 3; i += 1) expect((await login(behind, `203.0.113.${i}`)).status).toBe(401);
  const sameNetwork = [];
  for (let i = 0; i < 3; i += 1) sameNetwork.push((await login(behind, `2001:db8:1:2::${i}`)).status);
  expect(sameNetwork).toEqual([401, 401, 429]);
});

it('has a limit for the creation of images, for the feature to name', async () => {
  const served = await serve({});
  const plan = served.app.get(RatePlans, { strict: false }).for({ policies: ['image-creation'] });
  expect(plan.header).toBe('"default";q=100;w=60, "image-creation";q=20;w=60');
});

it('does not count files and streams by link against all else: a page of thumbnails leaves the rest', async () => {
  const served = await serve({ requestsPerMinute: 5, burst: 5, linksPerMinute: 100 });
  const token = await signIn(served);
  const links = served.app.get(ImageLinks, { strict: false });
  const openPage = () =>
    Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        served.call('GET', links.to(i % 10 === 0 ? 'events' : 'thumb', randomUUID())),
      ),
    );
  const opened = await openPage();
  // There are no such images; whether there are is looked up behind the limit.
  expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([404]));
  expect(opened[0]?.headers.get('ratelimit-policy')).toBe('"image-links";q=100;w=60');
  const denied = (await openPage()).find(({ status }) => status === 429);
  expect(denied?.body['violated-policies']).toEqual(['image-links']);
  const list = await served.call('GET', '/api/characters', { token });
  expect([list.status, list.headers.get('ratelimit')]).toEqual([
    200,
    expect.stringMatching(/^"default";r=4;/),
  ]);
});

it('counts files by token for the user, and not against all else either', async () => {
  const served = await serve({ requestsPerMinute: 5, burst: 5, linksPerMinute: 8 });
  const [one, two] = [await signIn(served), await signIn(served)];
  const file = (token: string) => served.call('GET', `/api/images/${randomUUID()}/file`, { token });
  for (let i = 0; i < 8; i += 1) expect((await file(one)).status).toBe(404);
  const more = await Promise.all(Array.from({ length: 8 }, () => file(one)));
  expect(more.map(({ status }) => status)).toContain(429);
  expect((await file(two)).status).toBe(404);
  expect((await served.call('GET', '/api/characters', { token: one })).headers.get('ratelimit')).toMatch(
    /^"default";r=4;/,
  );
});

it('keeps every count under the prefix and for a limited time', async () => {
  const served = await serve({ requestsPerMinute: 1, burst: 10 });
  await signIn(served);
  await served.call('POST', '/api/auth/login', { body: credentials() });
  const keys = (await servers.redis.cli('--scan', '--pattern', `${prefix}throttle:*`)).split('\n');
  expect(keys).toHaveLength(5);
  for (const key of keys) {
    expect(key.slice(prefix.length)).toMatch(/^throttle:\{(ip|email):[^{}]+\}:[a-z-]+$/);
    expect(Number(await servers.redis.cli('PTTL', key))).toBeGreaterThan(0);
  }
});
