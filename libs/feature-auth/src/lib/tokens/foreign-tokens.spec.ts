import {
  createHmac,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { AppSecrets } from '@sluice/util-http';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { APP_SECRET, type AuthApp, serveAuth } from '../../testing/serve-auth';

type Claims = Record<string, unknown>;

let servers: { stop(): Promise<unknown> }[] = [];
let app: AuthApp;
let token: string;
let genuine: Claims;

beforeAll(async () => {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  servers = [redis, database];
  const keyPrefix = `test-${randomUUID()}:`;
  app = await serveAuth({ redisUrl: redis.url, databaseUrl: database.url, keyPrefix });
  const { accessToken } = await app.register(`${randomUUID()}@example.com`);
  token = accessToken;
  genuine = JSON.parse(Buffer.from(partsOf(token)[1], 'base64url').toString()) as Claims;
});

afterAll(async () => {
  await app?.close();
  await Promise.all(servers.map((server) => server.stop()));
});

const OUR_KEY = new AppSecrets(APP_SECRET).derive('access-token');
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PUBLIC_PEM = createPublicKey(RSA.privateKey).export({ type: 'spki', format: 'pem' }).toString();
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const partsOf = (jwt: string) => jwt.split('.') as [string, string, string];
const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const now = () => Math.floor(Date.now() / 1_000);

/** A token as anybody could write it: header, claims, and a signature over both. */
function written(header: object, claims: Claims, sign: (text: string) => string): string {
  const text = `${encoded({ typ: 'JWT', ...header })}.${encoded(claims)}`;
  return `${text}.${sign(text)}`;
}

const hmac =
  (key: string | Buffer, hash = 'sha256') =>
  (text: string) =>
    createHmac(hash, key).update(text).digest('base64url');

/** As ours are, with other claims. */
const ours = (claims: Claims) => written({ alg: 'HS256' }, { ...genuine, ...claims }, hmac(OUR_KEY));

/** The same letters but one. */
function flipped(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

const status = async (authorization: string) => (await app.call('GET', 'me', { authorization })).status;

it('what this file writes is a token like ours: with the right key and claims it is accepted', async () => {
  expect(await status(`Bearer ${token}`)).toBe(200);
  expect(await status(`Bearer ${ours({})}`)).toBe(200);
});

it.each<[string, () => string]>([
  // Which algorithm it is, says the key and not the token.
  ['alg none', () => written({ alg: 'none' }, genuine, () => '')],
  ['alg None', () => written({ alg: 'None' }, genuine, () => '')],
  ['alg NONE with our signature', () => written({ alg: 'NONE' }, genuine, hmac(OUR_KEY))],
  [
    'alg none with the signature of a genuine one',
    () => written({ alg: 'none' }, genuine, () => partsOf(token)[2]),
  ],
  ['no alg', () => written({}, genuine, hmac(OUR_KEY))],
  ['an alg that is a list', () => written({ alg: ['HS256'] }, genuine, hmac(OUR_KEY))],
  ['HS384 with our key', () => written({ alg: 'HS384' }, genuine, hmac(OUR_KEY, 'sha384'))],
  ['HS512 with our key', () => written({ alg: 'HS512' }, genuine, hmac(OUR_KEY, 'sha512'))],
  [
    'RS256 by a key pair of the sender',
    () =>
      written({ alg: 'RS256' }, genuine, (text) =>
        createSign('sha256').update(text).sign(RSA.privateKey, 'base64url'),
      ),
  ],
  [
    'ES256 by a key pair of the sender',
    () =>
      written({ alg: 'ES256' }, genuine, (text) =>
        createSign('sha256')
          .update(text)
          .sign({ key: EC.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url'),
      ),
  ],
  ['HS256 with a public key for the secret', () => written({ alg: 'HS256' }, genuine, hmac(PUBLIC_PEM))],
  ['RS256 in the header and our HMAC', () => written({ alg: 'RS256' }, genuine, hmac(OUR_KEY))],
  [
    'a key that the token brings itself',
    () => {
      const jwk = { kty: 'oct', k: Buffer.from('key of the sender').toString('base64url'), alg: 'HS256' };
      return written(
        { alg: 'HS256', jwk, kid: '/dev/null', jku: 'http://127.0.0.1/' },
        genuine,
        hmac('key of the sender'),
      );
    },
  ],
  // Foreign keys.
  [
    'the key of another installation',
    () =>
      written(
        { alg: 'HS256' },
        genuine,
        hmac(new AppSecrets('another secret of another installation').derive('access-token')),
      ),
  ],
  [
    'our key of another purpose',
    () => written({ alg: 'HS256' }, genuine, hmac(new AppSecrets(APP_SECRET).derive('image-link'))),
  ],
  ['our secret itself for the key', () => written({ alg: 'HS256' }, genuine, hmac(APP_SECRET))],
  ['an empty key', () => written({ alg: 'HS256' }, genuine, hmac(''))],
  // Genuine, and not for now or for here.
  ['expired a second ago', () => ours({ iat: now() - 901, exp: now() - 1 })],
  ['expired long ago', () => ours({ iat: 1, exp: 2 })],
  ['without an end', () => ours({ exp: undefined })],
  ['an end that is text', () => ours({ exp: '9999999999' })],
  ['an end that is no number', () => ours({ exp: null })],
  ['not yet valid', () => ours({ nbf: now() + 3_600 })],
  ['a beginning that is text', () => ours({ nbf: 'soon' })],
  ['another issuer', () => ours({ iss: 'others' })],
  ['no issuer', () => ours({ iss: undefined })],
  ['another audience', () => ours({ aud: 'others' })],
  ['other audiences', () => ours({ aud: ['others', 'sluice'] })],
  ['no audience', () => ours({ aud: undefined })],
  // Whose it is.
  ['no user', () => ours({ sub: undefined })],
  ['a user that is no id', () => ours({ sub: '../admin' })],
  ['another user', () => ours({ sub: randomUUID() })],
  ['no session', () => ours({ sid: undefined })],
  ['a session that never was', () => ours({ sid: randomUUID() })],
  ['a session that is a list', () => ours({ sid: [genuine['sid']] })],
  ['claims that are a list', () => written({ alg: 'HS256' }, [] as unknown as Claims, hmac(OUR_KEY))],
  // Tampered with.
  ['another letter in the header', () => flipped(token, 10)],
  ['another letter in the claims', () => flipped(token, token.indexOf('.') + 20)],
  ['another letter at the beginning of the signature', () => flipped(token, token.lastIndexOf('.') + 1)],
  [
    'other claims under the same signature',
    () => [partsOf(token)[0], encoded({ ...genuine, sub: randomUUID() }), partsOf(token)[2]].join('.'),
  ],
  ['no signature', () => token.slice(0, token.lastIndexOf('.') + 1)],
  ['half a signature', () => token.slice(0, -20)],
  ['two parts', () => token.slice(0, token.lastIndexOf('.'))],
  ['four parts', () => `${token}.${partsOf(token)[2]}`],
  ['five parts, as if encrypted', () => `${token}.a.b`],
  // No access token at all.
  ['nothing', () => ''],
  ['garbage', () => 'garbage'],
  ['dots', () => '..'],
  ['random bytes', () => randomBytes(48).toString('base64url')],
])('%s is refused with 401', async (_what, make) => {
  const answer = await app.call('GET', 'me', { token: make() });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

it.each([
  ['no scheme', (jwt: string) => jwt],
  ['another scheme', (jwt: string) => `Basic ${jwt}`],
  ['two tokens', (jwt: string) => `Bearer ${jwt} ${jwt}`],
  ['a list of two', (jwt: string) => `Bearer ${jwt}, Bearer ${jwt}`],
])('a genuine token with %s is refused', async (_what, header) => {
  expect(await status(header(token))).toBe(401);
});

it('a genuine refresh token is no access token, and the other way round', async () => {
  const signedIn = await app.register(`${randomUUID()}@example.com`);
  expect(await status(`Bearer ${signedIn.refreshToken}`)).toBe(401);
  const body = { refreshToken: signedIn.accessToken };
  expect((await app.call('POST', 'refresh', { body })).status).toBe(401);
});

it('a token that was good a moment ago is refused after sign-out, and one of its session written anew, too', async () => {
  const { accessToken } = await app.register(`${randomUUID()}@example.com`);
  const claims = JSON.parse(Buffer.from(partsOf(accessToken)[1], 'base64url').toString()) as Claims;
  expect(await status(`Bearer ${accessToken}`)).toBe(200);
  expect((await app.call('POST', 'logout', { token: accessToken })).status).toBe(204);
  expect(await status(`Bearer ${accessToken}`)).toBe(401);
  expect(await status(`Bearer ${ours({ ...claims, iat: now(), exp: now() + 900 })}`)).toBe(401);
});

it('without a token the challenge says so, and no more', async () => {
  expect((await app.call('GET', 'me')).headers.get('www-authenticate')).toBe('Bearer realm="sluice"');
});
