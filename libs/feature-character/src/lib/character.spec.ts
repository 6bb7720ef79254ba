import { randomUUID } from 'node:crypto';
import { provideDatabase, provideRedis, Random } from '@sluice/testing-servers';
import { CharacterModel } from '../testing/character.model';
import { type Answer, type CharacterApp, serveCharacters } from '../testing/serve-characters';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let a: CharacterApp;
let b: CharacterApp;
let ada: string;
let bob: string;

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const servers = { redisUrl: redis.url, databaseUrl: database.url, keyPrefix: `test-${randomUUID()}:` };
  a = await serveCharacters(servers);
  b = await serveCharacters(servers);
});

beforeEach(async () => {
  [ada, bob] = await Promise.all([
    a.createUser(`${randomUUID()}@a.example`),
    a.createUser(`${randomUUID()}@b.example`),
  ]);
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await Promise.all([redis?.stop(), database?.stop()]);
});

const create = (userId: string, handle: string, more: object = {}) =>
  a.call(userId, 'POST', '', { body: { name: 'Ada', handle, ...more } });
const fields = ({ body }: Answer) => (body['errors'] as { path: string }[]).map(({ path }) => path).sort();

describe('coherence', () => {
  it.each([1, 2, 3])(
    'any sequence of calls on two instances answers as if there were no cache (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      const model = new CharacterModel();
      const ids: string[] = [randomUUID()];
      const handles = ['ann', 'Ann', 'ANN', 'ben', 'Cid', 'dee'];
      const config = () =>
        random.pick([
          {},
          { age: 18 + random.below(50) },
          { style: 'anime' },
          { bio: `bio ${random.below(9)}` },
        ]);

      for (let step = 0; step < 250; step += 1) {
        const app = random.pick([a, b]);
        const user = random.pick([ada, ada, bob]);
        const id = random.pick(ids);
        const handle = random.pick(handles);
        const what = random.pick([
          'create',
          'patch',
          'rename',
          'delete',
          'get',
          'get',
          'handle',
          'handle',
          'list',
          'list',
        ]);
        let answer: Answer;
        let expected: { status: number; character?: object };
        if (what === 'create') {
          const body = { name: `name ${step}`, handle, config: config() };
          answer = await app.call(user, 'POST', '', { body });
          expected = model.create(user, String(answer.body['id']), body);
          if (answer.status === 201) ids.push(String(answer.body['id']));
        } else if (what === 'patch' || what === 'rename') {
          const body = what === 'rename' ? { handle } : { name: `name ${step}`, config: config() };
          answer = await app.call(user, 'PATCH', `/${id}`, { body });
          expected = model.patch(user, id, body);
        } else if (what === 'delete') {
          answer = await app.call(user, 'DELETE', `/${id}`);
          expected = model.delete(user, id);
        } else if (what === 'get') {
          answer = await app.call(user, 'GET', `/${id}`);
          expected = model.get(user, id);
        } else if (what === 'handle') {
          answer = await app.call(user, 'GET', `/by-handle/${handle}`);
          expected = model.byHandle(user, handle);
        } else {
          answer = await app.call(user, 'GET', '?limit=100');
          const names = (answer.body['data'] as { name: string }[]).map(({ name }) => name);
          expect({ step, names }).toEqual({ step, names: model.list(user).map(({ name }) => name) });
          continue;
        }
        expect({ step, what, status: answer.status }).toEqual({ step, what, status: expected.status });
        if (expected.character) {
          const { ownerId: _ownerId, ...character } = expected.character as Record<string, unknown>;
          expect({ step, what, ...answer.body }).toEqual({
            step,
            what,
            ...character,
            createdAt: expect.any(String),
            updatedAt: expect.any(String),
          });
          expect(answer.headers.get('etag')).toBe(`"${String(character['version'])}"`);
        }
      }
    },
  );

  it('holds while many read and write at once: nobody is left with an old answer', async () => {
    const { id } = (await create(ada, 'ann')).body as { id: string };
    let writing = true;
    const read = async (app: CharacterApp) => {
      while (writing)
        await Promise.all([
          app.call(ada, 'GET', `/${id}`),
          app.call(ada, 'GET', '/by-handle/ann'),
          app.call(ada, 'GET', ''),
        ]);
    };
    const readers = [a, b].map(read);
    for (let i = 1; i <= 30; i += 1) {
      const { body } = await (i % 2 ? a : b).call(ada, 'PATCH', `/${id}`, { body: { name: `n${i}` } });
      for (const app of [a, b]) {
        expect((await app.call(ada, 'GET', `/${id}`)).body).toEqual(body);
        expect((await app.call(ada, 'GET', '/by-handle/ANN')).body).toEqual(body);
        expect((await app.call(ada, 'GET', '')).body['data']).toEqual([body]);
      }
    }
    writing = false;
    await Promise.all(readers);
  });
});

describe('a pointer that a race of renames left behind', () => {
  it('is not believed: the handle names whoever has it now', async () => {
    const first = (await create(ada, 'ann')).body as { id: string };
    const second = (await create(ada, 'ben')).body as { id: string };
    const foreign = (await create(bob, 'cid')).body as { id: string };
    await a.cache.idByHandle(ada, 'gone', () => Promise.resolve(first.id));
    await a.cache.idByHandle(ada, 'ben', () => Promise.resolve(first.id));
    await a.cache.idByHandle(ada, 'cid', () => Promise.resolve(foreign.id));
    for (const app of [a, b]) {
      expect((await app.call(ada, 'GET', '/by-handle/gone')).status).toBe(404);
      expect((await app.call(ada, 'GET', '/by-handle/cid')).status).toBe(404);
      expect((await app.call(ada, 'GET', '/by-handle/Ben')).body['id']).toBe(second.id);
    }
  });
});

describe('input', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['handle', 'name']],
    [
      'all wrong',
      { name: ' ', handle: 'a b', config: { age: 17, style: 'oil', mood: 1, bio: 'x'.repeat(2_001) } },
      ['config.age', 'config.bio', 'config.mood', 'config.style', 'handle', 'name'],
    ],
    ['an age that is no whole number', { name: 'A', handle: 'ann', config: { age: 20.5 } }, ['config.age']],
    ['121 years', { name: 'A', handle: 'ann', config: { age: 121 } }, ['config.age']],
    ['81 code points', { name: '😀'.repeat(81), handle: 'ann' }, ['name']],
    ['a handle of letters beyond ASCII', { name: 'A', handle: 'änn' }, ['handle']],
    ['unknown fields', { name: 'A', handle: 'ann', id: randomUUID(), ownerId: 'x' }, ['id', 'ownerId']],
    ['NUL', { name: 'A\0', handle: 'ann', config: { bio: '\0' } }, ['config.bio', 'name']],
    ['config as a list', { name: 'A', handle: 'ann', config: [] }, ['config']],
  ])('of %s is refused with its fields named, and nothing is written', async (_what, body, expected) => {
    const answer = await a.call(ada, 'POST', '', { body });
    expect(answer.status).toBe(400);
    expect(fields(answer)).toEqual(expected);
    expect((await b.call(ada, 'GET', '')).body['data']).toEqual([]);
  });

  it('of 80 code points and the longest texts is kept as it is', async () => {
    const body = {
      name: '😀'.repeat(80),
      handle: 'A_1',
      config: { age: 18, style: 'photo', bio: '✓'.repeat(2_000), appearance: '' },
    };
    const { status, body: created, headers } = await a.call(ada, 'POST', '', { body });
    expect({ status, ...created }).toMatchObject({ status: 201, ...body, version: 1 });
    expect(headers.get('location')).toBe(`/api/characters/${String(created['id'])}`);
    expect((await b.call(ada, 'GET', `/${String(created['id'])}`)).body).toEqual(created);
  });

  it('in paths and queries is checked too', async () => {
    const cases: [string, string[]][] = [
      ['/7', ['id']],
      ['/by-handle/x', ['handle']],
      ['/by-handle/%00ab', ['handle']],
      ['?limit=0', ['limit']],
      ['?limit=101', ['limit']],
      ['?cursor=abc', ['cursor']],
      ['?order=1', ['order']],
    ];
    for (const [path, expected] of cases) {
      const answer = await a.call(ada, 'GET', path);
      expect({ path, status: answer.status, fields: fields(answer) }).toEqual({
        path,
        status: 400,
        fields: expected,
      });
    }
    expect((await a.call(ada, 'GET', `/${randomUUID()}`)).status).toBe(404);
  });
});

describe('ownership', () => {
  it("makes somebody else's character look like none, cached or not", async () => {
    const { id } = (await create(ada, 'ann')).body as { id: string };
    expect((await a.call(ada, 'GET', `/${id}`)).status).toBe(200);
    for (const app of [a, b]) {
      expect((await app.call(bob, 'GET', `/${id}`)).status).toBe(404);
      expect((await app.call(bob, 'GET', '/by-handle/ann')).status).toBe(404);
      expect((await app.call(bob, 'PATCH', `/${id}`, { body: { name: 'B' } })).status).toBe(404);
      expect((await app.call(bob, 'DELETE', `/${id}`)).status).toBe(404);
    }
    expect((await b.call(ada, 'GET', `/${id}`)).status).toBe(200);
    expect((await create(bob, 'ANN')).status).toBe(201);
  });
});

describe('handles', () => {
  it('go to one of many who ask for the same at the same moment, whatever the case', async () => {
    const answers = await Promise.all(
      ['ann', 'ANN', 'Ann', 'aNN', 'ann', 'ANn'].map((handle) => create(ada, handle)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });
});

describe('versions', () => {
  it('are ETags: 304 for who has the present one, 412 for who would overwrite a newer one', async () => {
    const created = await create(ada, 'ann', { config: { age: 20, bio: 'old' } });
    const { id } = created.body as { id: string };
    const etag = created.headers.get('etag') ?? '';
    for (const path of [`/${id}`, '/by-handle/Ann']) {
      for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const answer = await b.call(ada, 'GET', path, { headers: { 'if-none-match': header } });
        expect({ header, status: answer.status, body: answer.body }).toEqual({
          header,
          status: 304,
          body: {},
        });
        expect(answer.headers.get('etag')).toBe(etag);
      }
      expect((await b.call(ada, 'GET', path, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    }
    const patch = (body: object, ifMatch?: string) =>
      b.call(ada, 'PATCH', `/${id}`, { body, headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
    expect((await patch({ name: 'x' }, '"99"')).status).toBe(412);
    expect((await patch({ name: 'x' }, `W/${etag}`)).status).toBe(412);
    const patched = await patch({ config: { bio: 'new' } }, etag);
    expect(patched).toMatchObject({ status: 200, body: { config: { age: 20, bio: 'new' } } });
    expect(patched.headers.get('etag')).not.toBe(etag);
    expect((await a.call(ada, 'GET', `/${id}`, { headers: { 'if-none-match': etag } })).status).toBe(200);
    expect((await patch({ name: 'x' }, etag)).status).toBe(412);
    expect((await patch({ name: 'y' }, '*')).status).toBe(200);
    expect((await patch({ name: 'z' })).status).toBe(200);
    expect((await patch({}, patched.headers.get('etag') ?? '')).status).toBe(412);
  });

  it('let one of many changes of the same version through', async () => {
    const created = await create(ada, 'ann');
    const headers = { 'if-match': created.headers.get('etag') ?? '' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? a : b).call(ada, 'PATCH', `/${String(created.body['id'])}`, {
          body: { name: `n${i}` },
          headers,
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)]);
  });
});

describe('lists', () => {
  it('give every character once, newest first, page by page', async () => {
    const created: string[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      // Several within one millisecond: the position needs more than the time.
      const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => create(ada, `c_${batch}_${i}`)));
      created.push(...answers.map(({ body }) => String(body['id'])));
    }
    const seen: { id: string; createdAt: string }[] = [];
    let path = '?limit=7';
    for (let pages = 0; path !== '' && pages < 10; pages += 1) {
      const { data, page } = (await b.call(ada, 'GET', path)).body as {
        data: typeof seen;
        page: { nextCursor: string | null; hasMore: boolean };
      };
      seen.push(...data);
      expect(page.hasMore).toBe(page.nextCursor !== null);
      path = page.nextCursor === null ? '' : `?limit=7&cursor=${page.nextCursor}`;
      if (pages === 0) {
        expect((await b.call(bob, 'GET', path)).status).toBe(400);
        expect((await b.call(ada, 'GET', `${path}x`)).status).toBe(400);
      }
    }
    expect(seen.map(({ id }) => id).sort()).toEqual([...created].sort());
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });
});
