import { Writable } from 'node:stream';
import { createLogger } from './logging';

const SECRET = 'hunter2-hunter2';

/** What is written of this, by a line that nobody thought about. */
function lineOf(thing: unknown): string {
  let written = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const logger = createLogger('info', stream);
  if (typeof thing === 'string') logger.info(thing);
  else logger.info(thing, 'careless');
  return written;
}

const failing = (more: object) => Object.assign(new Error('failed'), more);

it.each<[string, unknown]>([
  ['an authorization header', { headers: { authorization: `Bearer ${SECRET}` } }],
  ['basic credentials', { headers: { authorization: `Basic ${SECRET}` } }],
  ['a proxy’s authorization', { headers: { 'proxy-authorization': SECRET } }],
  ['a cookie', { req: { headers: { cookie: `session=${SECRET}; theme=dark` } } }],
  ['cookies that are set', { res: { headers: { 'set-cookie': [`session=${SECRET}`, 'a=1'] } } }],
  ['an API key', { headers: { 'x-api-key': SECRET } }],
  ['raw headers', { message: `GET / HTTP/1.1\r\nCookie: session=${SECRET}\r\nHost: x` }],
  ['the body of a sign-in', { body: { email: 'ada@example.com', password: SECRET } }],
  ['the body of a new password', { body: { currentPassword: SECRET, newPassword: SECRET } }],
  ['a body as text', { body: JSON.stringify({ email: 'ada@example.com', password: SECRET }) }],
  ['an answer to a sign-in', { accessToken: SECRET, refreshToken: SECRET }],
  ['a refresh token in words', `the refresh token is ${'r'.repeat(20)}${SECRET}${'r'.repeat(20)}`],
  ['a hash of a password', { row: { passwordHash: `$argon2id$v=19$m=1,t=1,p=1$${SECRET}$${SECRET}` } }],
  ['REDIS_URL', { env: { REDIS_URL: `rediss://default:${SECRET}@redis.example.com:6379` } }],
  ['REDIS_PASSWORD', { env: { REDIS_PASSWORD: SECRET } }],
  ['DATABASE_URL', { env: { DATABASE_URL: `postgres://ada:${SECRET}@db.example.com/sluice` } }],
  ['a connection string in words', `cannot reach postgres://ada:${SECRET}@db.example.com/sluice`],
  ['the words of libpq', `host=db user=ada password=${SECRET}`],
  ['APP_SECRET and MANAGEMENT_TOKEN', { env: { APP_SECRET: SECRET, MANAGEMENT_TOKEN: SECRET } }],
  ['a signed link', `GET /api/images/1/file?e=1764072600&s=${SECRET}-22 failed`],
  ['a token in a query', { url: `/api/auth/me?access_token=${SECRET}` }],
  [
    'what a driver keeps in its error',
    { err: failing({ parameters: [SECRET], config: { password: SECRET } }) },
  ],
  ['an error of ioredis', { err: failing({ command: { name: 'auth', args: ['default', SECRET] } }) }],
  ['a cause', { err: failing({ cause: new Error(`Bearer ${SECRET}`) }) }],
  ['the words of an error', { err: new Error(`redis://:${SECRET}@localhost is no URL`) }],
  ['an error that is another field', { failure: failing({ message: `Bearer ${SECRET}` }) }],
])('a line that dumps %s does not show it', (_what, thing) => {
  const line = lineOf(thing);
  expect(line).not.toContain(SECRET);
  expect(line).not.toContain('ada@example.com');
  expect(() => void JSON.parse(line)).not.toThrow();
});

it('what is no secret is written as it is', () => {
  const thing = {
    requestId: '0190f3b2-1111-7abc-8def-000000000001',
    path: '/api/auth/password',
    status: 403,
  };
  expect(JSON.parse(lineOf(thing))).toMatchObject({ ...thing, msg: 'careless' });
});
