import { randomUUID } from 'node:crypto';
import { ImageRepository } from '@sluice/data-access-database';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

let servers: Servers;
let a: ServedApi;
let b: ServedApi;

beforeAll(async () => {
  servers = await provideServers();
  a = await serveApi(servers);
  b = await serveApi(servers);
});

afterAll(async () => {
  await Promise.all([a?.app.close(), b?.app.close()]);
  await servers?.stop();
});

async function signIn(): Promise<string> {
  const body = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  return (await a.call('POST', '/api/auth/register', { body })).body['accessToken'] as string;
}

it('guards everything: a session that ended on one instance is refused on the other within a second', async () => {
  const token = await signIn();
  expect((await b.call('GET', '/api/characters', { token })).status).toBe(200);
  expect((await a.call('POST', '/api/auth/logout', { token })).status).toBe(204);
  const ended = Date.now();
  const answer = await b.call('POST', '/api/characters', { token, body: { name: 'Ada', handle: 'ada' } });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  expect(Date.now() - ended).toBeLessThan(1_000);
});

it('caches a character for all, under the prefix and for a limited time', async () => {
  const token = await signIn();
  const made = await a.call('POST', '/api/characters', { token, body: { name: 'Ada', handle: 'ada' } });
  // Also a request with a body has its Redis scope.
  expect(made.headers.get('cache-status')).toBe('session; fwd=miss');
  const at = made.headers.get('location') ?? '';
  await a.call('GET', at, { token });
  const again = await b.call('GET', at, { token });
  expect(again.headers.get('cache-status')).toBe('session; hit, character; hit');
  expect(again.body).toEqual(made.body);

  const key = await servers.redis.cli(
    'EXISTS',
    `${servers.keyPrefix}cache:character:${String(made.body['id'])}`,
  );
  expect(key).toBe('1');
  const keys = (await servers.redis.cli('--scan', '--pattern', `${servers.keyPrefix}*`))
    .split('\n')
    .filter(Boolean);
  const lifetimes = await Promise.all(keys.map((one) => servers.redis.cli('PTTL', one)));
  expect(lifetimes.filter((lifetime) => Number(lifetime) <= 0)).toEqual([]);
});

it('an image that is liked on one instance is liked in the next answer of the other', async () => {
  const token = await signIn();
  const { body: user } = await a.call('GET', '/api/auth/me', { token });
  const image = { ownerId: String(user['id']), prompt: 'p', seed: '1', width: 64, height: 64 };
  const { id } = await a.app.get(ImageRepository, { strict: false }).create(image);
  const liked = async (api: ServedApi) =>
    (await api.call('GET', `/api/images/${id}`, { token })).body['liked'];
  for (const [method, expected] of [
    ['PUT', true],
    ['DELETE', false],
    ['PUT', true],
  ] as const) {
    expect((await b.call(method, `/api/images/${id}/like`, { token })).status).toBe(204);
    expect([await liked(a), await liked(b)]).toEqual([expected, expected]);
  }
});

it('serves the metrics of Redis and of the process outside production', async () => {
  const { text } = await a.call('GET', '/metrics');
  expect(text).toContain('process_cpu_user_seconds_total');
  expect(text).toMatch(/redis_cache_reads_total\{cache="character",outcome="hit"\} [1-9]/);
});
