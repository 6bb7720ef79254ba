import { randomUUID } from 'node:crypto';
import { collectRoutes } from '../testing/collect-routes';
import {
  type Answer,
  type CallOptions,
  provideServers,
  serveApi,
  type ServedApi,
  type Servers,
} from '../testing/serve-api';
import { personWithEverything, type Person, viewOf } from '../testing/two-users';

/** How a route is asked for an object of this owner; and what the owner himself is answered. */
interface ObjectRoute {
  path: (ids: Ids) => string;
  owner: number;
  options?: CallOptions;
}

type Ids = Pick<Person, 'sessionId' | 'characterId' | 'handle' | 'imageId'>;

/**
 * Who may use each route. A new route is red here until somebody has said which it is:
 * - `open`: needs no token and knows of nobody;
 * - `own`: names no object, so it is about the one who asks;
 * - else: how it names an object, which must be his.
 */
const ROUTES: Readonly<Record<string, 'open' | 'own' | ObjectRoute>> = {
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /metrics': 'open',
  'GET /docs/*': 'open',
  'GET /gallery': 'open',
  'GET /gallery/{name}': 'open',
  'POST /api/auth/register': 'open',
  'POST /api/auth/login': 'open',
  'POST /api/auth/refresh': 'open',
  'GET /api/auth/me': 'own',
  'GET /api/auth/sessions': 'own',
  'PUT /api/auth/password': 'own',
  'POST /api/characters': 'own',
  'GET /api/characters': 'own',
  'POST /api/images': 'own',
  'GET /api/gallery': 'own',
  'GET /api/characters/{id}': { path: ({ characterId }) => `/api/characters/${characterId}`, owner: 200 },
  'GET /api/characters/by-handle/{handle}': {
    path: ({ handle }) => `/api/characters/by-handle/${handle}`,
    owner: 200,
  },
  'PATCH /api/characters/{id}': {
    path: ({ characterId }) => `/api/characters/${characterId}`,
    options: { body: { name: 'Taken over' }, headers: { 'if-match': '*' } },
    owner: 200,
  },
  'GET /api/images/{id}': { path: ({ imageId }) => `/api/images/${imageId}`, owner: 200 },
  'GET /api/images/{id}/events': { path: ({ imageId }) => `/api/images/${imageId}/events`, owner: 200 },
  // There is no such file on the disk: its owner is asked whether he has it already.
  'GET /api/images/{id}/file': {
    path: ({ imageId }) => `/api/images/${imageId}/file`,
    options: { headers: { 'if-none-match': '*' } },
    owner: 304,
  },
  'POST /api/images/{id}/cancel': { path: ({ imageId }) => `/api/images/${imageId}/cancel`, owner: 202 },
  'DELETE /api/images/{id}/like': { path: ({ imageId }) => `/api/images/${imageId}/like`, owner: 204 },
  'PUT /api/images/{id}/like': { path: ({ imageId }) => `/api/images/${imageId}/like`, owner: 204 },
  'DELETE /api/images/{id}': { path: ({ imageId }) => `/api/images/${imageId}`, owner: 204 },
  'DELETE /api/characters/{id}': { path: ({ characterId }) => `/api/characters/${characterId}`, owner: 204 },
  'DELETE /api/auth/sessions/{id}': {
    path: ({ sessionId }) => `/api/auth/sessions/${sessionId}`,
    owner: 204,
  },
  'POST /api/auth/logout': 'own',
  'POST /api/auth/logout-all': 'own',
};

const BODIES: Readonly<Record<string, unknown>> = {
  'PUT /api/auth/password': {
    currentPassword: 'correct horse battery',
    newPassword: 'correct horse battery 2',
  },
  'POST /api/characters': { name: 'Eve', handle: 'eve' },
  'POST /api/images': { prompt: 'a tower', width: 64, height: 64 },
};

let servers: Servers;
let api: ServedApi;
let routes: ReadonlySet<string>;
let owner: Person;
let stranger: Person;

beforeAll(async () => {
  servers = await provideServers();
  api = await serveApi(servers, {
    // Nobody listens there: images are queued, and stay so.
    images: { comfyui: { urls: ['http://127.0.0.1:9'] } },
    beforeListening: (app) => (routes = collectRoutes(app)),
  });
  [owner, stranger] = await Promise.all([
    personWithEverything(api, servers),
    personWithEverything(api, servers),
  ]);
});

afterAll(async () => {
  await api?.app.close();
  await servers?.stop();
});

const objectRoutes = Object.entries(ROUTES).flatMap(([route, rule]) =>
  typeof rule === 'string' ? [] : [{ route, method: route.split(' ')[0] as string, rule }],
);

const nothing = (): Ids => ({
  sessionId: randomUUID(),
  characterId: randomUUID(),
  handle: `h_${randomUUID().slice(0, 8)}`,
  imageId: randomUUID(),
});

/** An answer without what is different for each request. */
const essence = ({ status, headers, body }: Answer) => ({
  status,
  body: { ...body, instance: '', requestId: '' },
  headers: [...headers].filter(([name]) => !/^(date|x-request-id|ratelimit|cache-status)$/.test(name)),
});

it('every route of the API is in the table, and the table names no other', () => {
  expect(Object.keys(ROUTES).sort()).toEqual([...routes].sort());
});

it.each(objectRoutes)(
  '$route: what is somebody else’s is answered like what does not exist, and stays as it was',
  async ({ method, rule }) => {
    const before = await viewOf(api, owner);
    const options = { ...rule.options, token: stranger.token };
    const foreign = await api.call(method, rule.path(owner), options);
    expect(foreign.status).toBe(404);
    expect(essence(foreign)).toEqual(essence(await api.call(method, rule.path(nothing()), options)));
    if (method === 'GET') expect((await api.call('HEAD', rule.path(owner), options)).status).toBe(404);
    expect((await api.call(method, rule.path(owner), rule.options)).status).toBe(401);
    expect(await viewOf(api, owner)).toEqual(before);
  },
);

it.each<[string, (stolen: Stolen) => Promise<number>, number]>([
  ['a character in the body', async () => paint({ characterId: owner.characterId }), 404],
  ['a cursor of characters', ({ cursors }) => statusOf(`/api/characters?cursor=${cursors.characters}`), 400],
  ['a cursor of sessions', ({ cursors }) => statusOf(`/api/auth/sessions?cursor=${cursors.sessions}`), 400],
  ['a cursor of the gallery', ({ cursors }) => statusOf(`/api/gallery?cursor=${cursors.gallery}`), 400],
  ['a link to another kind', ({ link }) => statusOf(link.replace('/file', '/events')), 403],
  ['a link to another image', ({ link }) => statusOf(link.replace(owner.imageId, stranger.imageId)), 403],
])('%s opens nothing', async (_what, attempt, status) => {
  expect(await attempt(await steal())).toBe(status);
});

it('a filter by somebody else’s character finds nothing', async () => {
  const path = `/api/gallery?characterId=${owner.characterId}`;
  expect((await api.call('GET', path, { token: stranger.token })).body['data']).toEqual([]);
  expect((await api.call('GET', path, { token: owner.token })).body['data']).toHaveLength(1);
});

it('an Idempotency-Key of somebody else is a new one', async () => {
  const ask = async (token: string) =>
    (await api.call('POST', '/api/images', { token, ...KEYED })).body['id'] as string;
  const first = await ask(owner.token);
  expect(await ask(owner.token)).toBe(first);
  expect(await ask(stranger.token)).not.toBe(first);
});

it('routes that name nothing tell and change nothing of anybody else', async () => {
  const eve = await personWithEverything(api, servers);
  const before = await viewOf(api, owner);
  const secrets = [
    owner.email,
    owner.userId,
    owner.sessionId,
    owner.characterId,
    owner.imageId,
    owner.handle,
  ];
  for (const [route, rule] of Object.entries(ROUTES)) {
    if (rule !== 'own') continue;
    const [method, path] = route.split(' ') as [string, string];
    // Each ends a session, which the next one would miss.
    const { token } = route.startsWith('POST /api/auth/') ? await personWithEverything(api, servers) : eve;
    const body = BODIES[route];
    const answer = await api.call(method, path, { token, ...(body !== undefined && { body }) });
    expect({
      route,
      isSuccess: answer.status < 300,
      shown: secrets.filter((secret) => answer.text.includes(secret)),
    }).toEqual({ route, isSuccess: true, shown: [] });
  }
  expect(await viewOf(api, owner)).toEqual(before);
});

// Last: some of these delete what the others ask for. Without it, a route that is 404 for everybody would pass.
it.each(objectRoutes)('$route: its owner is let in', async ({ method, rule }) => {
  const answer = await api.call(method, rule.path(owner), { ...rule.options, token: owner.token });
  expect(answer.status).toBe(rule.owner);
});

const KEYED = {
  body: { prompt: 'a tower', width: 64, height: 64 },
  headers: { 'idempotency-key': randomUUID() },
};

async function statusOf(path: string): Promise<number> {
  return (await api.call('GET', path, { token: stranger.token })).status;
}

async function paint(more: object): Promise<number> {
  const body = { ...KEYED.body, ...more };
  return (await api.call('POST', '/api/images', { token: stranger.token, body })).status;
}

interface Stolen {
  cursors: { characters: string; sessions: string; gallery: string };
  link: string;
}

/** What only the owner was given. */
async function steal(): Promise<Stolen> {
  const { token, imageId } = owner;
  await api.call('POST', '/api/characters', { token, body: { name: 'Two', handle: 'two' } });
  await api.call('POST', '/api/images', { token, ...KEYED });
  const cursorOf = async (path: string) => {
    const { page } = (await api.call('GET', `${path}?limit=1`, { token })).body as {
      page: { nextCursor: string | null };
    };
    if (page.nextCursor === null) throw new Error(`${path} has but one page`);
    return page.nextCursor;
  };
  const { links } = (await api.call('GET', `/api/images/${imageId}`, { token })).body as {
    links: { file: string };
  };
  return {
    cursors: {
      characters: await cursorOf('/api/characters'),
      sessions: await cursorOf('/api/auth/sessions'),
      gallery: await cursorOf('/api/gallery'),
    },
    link: links.file,
  };
}
