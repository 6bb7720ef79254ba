import { randomUUID } from 'node:crypto';
import { ImageLinks } from '@sluice/util-images';
import { provideServers, serveApi, type ServedApi, type Servers } from '../testing/serve-api';

const CREDENTIALS = { email: `${randomUUID()}@example.com`, password: 'correct horse battery staple' };

interface SignedIn {
  accessToken: string;
  refreshToken: string;
}

let servers: Servers;
let before: ServedApi;
let after: ServedApi;
let signedIn: SignedIn;

beforeAll(async () => {
  servers = await provideServers();
  before = await serveApi(servers, { settings: { appSecret: 'the secret of before, long enough' } });
  after = await serveApi(servers, { settings: { appSecret: 'the secret of after, long enough' } });
  signedIn = await signIn(before, 'register');
}, 60_000);

afterAll(async () => {
  await Promise.all([before?.app.close(), after?.app.close()]);
  await servers?.stop();
}, 30_000);

async function signIn(api: ServedApi, how: 'register' | 'login'): Promise<SignedIn> {
  return (await api.call('POST', `/api/auth/${how}`, { body: CREDENTIALS })).body as unknown as SignedIn;
}

const refresh = (api: ServedApi, refreshToken: string) =>
  api.call('POST', '/api/auth/refresh', { body: { refreshToken } });
/** What it answers before, and after. */
const statuses = (path: string, token: string) =>
  Promise.all([before, after].map(async (api) => (await api.call('GET', path, { token })).status));

it('ends every access token', async () => {
  expect(await statuses('/api/auth/me', signedIn.accessToken)).toEqual([200, 401]);
});

it('ends every link', async () => {
  const link = before.app.get(ImageLinks, { strict: false }).to('file', randomUUID());
  // A good link to an image that is not there, and a link that is none.
  expect(await statuses(link, '')).toEqual([404, 403]);
});

it('ends every cursor', async () => {
  const other = await signIn(after, 'login');
  const pages = '/api/auth/sessions?limit=1';
  const { page } = (await before.call('GET', pages, { token: signedIn.accessToken })).body;
  const next = `${pages}&cursor=${(page as { nextCursor: string }).nextCursor}`;
  expect((await before.call('GET', next, { token: signedIn.accessToken })).status).toBe(200);
  expect((await after.call('GET', next, { token: other.accessToken })).status).toBe(400);
});

describe('refresh tokens', () => {
  it('live on: nobody has to sign in again', async () => {
    const { status, body } = await refresh(after, signedIn.refreshToken);
    expect(status).toBe(200);
    const { accessToken, refreshToken } = body as unknown as SignedIn;
    expect(await statuses('/api/auth/me', accessToken)).toEqual([401, 200]);
    expect((await refresh(after, refreshToken)).status).toBe(200);
  });

  it('shown to both secrets at once, live on by the first answer alone', async () => {
    const { refreshToken } = await signIn(before, 'login');
    const [first, second] = [await refresh(before, refreshToken), await refresh(after, refreshToken)].map(
      ({ body }) => (body as unknown as SignedIn).refreshToken,
    );
    expect((await refresh(after, second ?? '')).status).toBe(401);
    expect((await refresh(after, first ?? '')).status).toBe(200);
  });
});
