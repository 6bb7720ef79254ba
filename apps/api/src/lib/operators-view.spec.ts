import { ManagementServer } from '@sluice/feature-health';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';
import { personWithEverything, type Person, viewOf } from '../testing/two-users';
import { readEnvironment } from './environment';

const TOKEN = 'management-token-of-the-test';
let servers: Servers;

beforeAll(async () => {
  servers = await provideServers();
}, 60_000);
afterAll(() => servers?.stop(), 30_000);

/** As production has it, with nothing set but what it must have, and this. */
async function serveProduction(more: Record<string, string>): Promise<ServedApi> {
  const { production, managementPort, managementToken } = readEnvironment({
    NODE_ENV: 'production',
    APP_SECRET: 'x'.repeat(32),
    DATABASE_URL: servers.database.url,
    ...more,
  });
  return serveApi(servers, { settings: { production, managementPort, managementToken } });
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('in production', () => {
  let api: ServedApi;
  afterEach(() => api?.app.close(), 30_000);

  it('metrics and the detail of readiness are shut, unless something is set', async () => {
    api = await serveProduction({});
    for (const options of [{}, bearer(TOKEN), bearer('undefined'), bearer('')]) {
      expect((await api.call('GET', '/metrics', options)).status).toBe(404);
      expect((await api.call('GET', '/health/ready', options)).body).toEqual({ status: expect.any(String) });
    }
    expect((await api.call('GET', '/health/live')).body).toEqual({ status: 'ok' });
    expect(api.app.get(ManagementServer, { strict: false }).port).toBeUndefined();
  });

  it('a token opens them, and a user’s token does not', async () => {
    api = await serveProduction({ MANAGEMENT_TOKEN: TOKEN });
    const person = await personWithEverything(api, servers);
    for (const options of [{}, { token: person.token }, bearer(`${TOKEN}x`)]) {
      expect((await api.call('GET', '/metrics', options)).status).toBe(401);
      expect((await api.call('GET', '/health/ready', options)).body).toEqual({ status: expect.any(String) });
    }
    expect((await api.call('GET', '/metrics', bearer(TOKEN))).text).toContain(
      'process_cpu_user_seconds_total',
    );
    expect((await api.call('GET', '/health/ready', bearer(TOKEN))).body).toHaveProperty(
      'checks.redis.status',
    );
    expect((await api.call('GET', '/api/auth/me', bearer(TOKEN))).status).toBe(401);
  });

  it('a port of its own opens them there, shows nothing else, and leaves the main port shut', async () => {
    api = await serveProduction({ MANAGEMENT_PORT: '0' });
    const management = `http://127.0.0.1:${api.app.get(ManagementServer, { strict: false }).port}`;
    expect((await fetch(`${management}/metrics`)).status).toBe(200);
    for (const path of ['/', '/api/auth/me', '/docs', '/metrics/..', '/gallery'])
      expect([path, (await fetch(management + path)).status]).toEqual([path, 404]);
    expect((await api.call('GET', '/metrics')).status).toBe(404);
  });
});

/** One call for all, and an error should one be no text. */
const GET_ALL = "for i, key in ipairs(KEYS) do KEYS[i] = redis.call('GET', key) end return KEYS";

const idsAndHandleOf = ({ userId, characterId, imageId, handle }: Person) => [
  userId,
  characterId,
  imageId,
  handle,
];

describe('what anybody is shown', () => {
  let api: ServedApi;
  let person: Person;
  let stranger: Person;
  const shown = new Map<string, string>();

  beforeAll(async () => {
    api = await serveApi(servers);
    person = await personWithEverything(api, servers);
    stranger = await personWithEverything(api, servers);
    // Twice, so that it is in every cache.
    for (let time = 0; time < 2; time += 1) {
      await viewOf(api, stranger);
      shown.set('own', JSON.stringify(await viewOf(api, person)));
    }
    await api.call('GET', '/api/characters', { token: 'wrong' });
    for (const path of [
      '/metrics',
      '/health/ready',
      '/health/live',
      '/docs/openapi.json',
      '/gallery',
      '/redis',
    ])
      shown.set(path, (await api.call('GET', path)).text);
  }, 60_000);
  afterAll(() => api?.app.close(), 30_000);

  const keysOfRedis = async () =>
    (await servers.redis.cli('--scan', '--pattern', `${servers.keyPrefix}*`)).split('\n');

  it('has no key of Redis in it', async () => {
    const keys = await keysOfRedis();
    expect(keys.length).toBeGreaterThan(5);
    for (const [where, text] of shown) {
      const found = [servers.keyPrefix, ...keys.map((key) => key.slice(servers.keyPrefix.length))].filter(
        (key) => text.includes(key),
      );
      expect({ where, found }).toEqual({ where, found: [] });
    }
  });

  it('has nothing of a value of Redis in it, but for a user what is his own', async () => {
    const keys = await keysOfRedis();
    const values = await servers.redis.cli('EVAL', GET_ALL, String(keys.length), ...keys);
    // Ids, handles, versions, fences: long enough not to stand anywhere by chance. His dates are his, too.
    const words = [...new Set(values.match(/[\w-]{10,}/g))].filter(
      (word) => /[\d_]/.test(word) && !/^\d{4}-\d\d-\d\dT/.test(word),
    );
    expect(words).toEqual(expect.arrayContaining(idsAndHandleOf(stranger)));
    for (const [where, text] of shown) {
      const found = words.filter((word) => text.includes(word));
      expect({ where, found: found.sort() }).toEqual({
        where,
        found: where === 'own' ? idsAndHandleOf(person).sort() : [],
      });
    }
  });

  it('has nobody in it where the process is described: no id, e-mail, handle or address', () => {
    const about = [person, stranger].flatMap((one) => Object.values(one) as string[]);
    about.push('127.0.0.1', servers.redis.url, servers.database.url);
    for (const where of ['/metrics', '/health/ready']) {
      const text = shown.get(where) ?? '';
      expect(text.length).toBeGreaterThan(100);
      expect({ where, found: about.filter((one) => text.includes(one)) }).toEqual({ where, found: [] });
    }
  });
});
