import { randomUUID } from 'node:crypto';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';
import { readEnvironment } from './environment';

const before = { ...process.env };
let servers: Servers;
let api: ServedApi;

/** As it is deployed, with everything set that production must have, and no ComfyUI. */
beforeAll(async () => {
  servers = await provideServers();
  for (const name of Object.keys(process.env)) if (name.startsWith('COMFYUI_')) delete process.env[name];
  process.env['NODE_ENV'] = 'production';
  const { rateLimits, production } = readEnvironment({
    NODE_ENV: 'production',
    APP_SECRET: 'x'.repeat(32),
    DATABASE_URL: servers.database.url,
  });
  api = await serveApi(servers, { settings: { production, rateLimits } });
});

afterAll(async () => {
  process.env = before;
  await api?.app.close();
  await servers?.stop();
});

it('a production without COMFYUI_URLS starts, and answers 503 with a reason to who asks for an image', async () => {
  const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const { body } = await api.call('POST', '/api/auth/register', { body: credentials });
  const token = body['accessToken'] as string;
  const image = { prompt: 'a lighthouse', width: 64, height: 64 };
  const answer = await api.call('POST', '/api/images', { token, body: image });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('retry-after')).toBe('300');
  expect(answer.body).toMatchObject({ status: 503, detail: expect.stringContaining('COMFYUI_URLS') });

  for (const path of ['/api/gallery', '/api/characters', '/health/ready']) {
    expect([path, (await api.call('GET', path, { token })).status]).toEqual([path, 200]);
  }
  expect((await api.call('GET', `/api/images/${randomUUID()}`, { token })).status).toBe(404);
});
