import { randomUUID } from 'node:crypto';
import * as argon2 from '@node-rs/argon2';
import { SessionRepository, UserRepository } from '@sluice/data-access-database';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { type AuthApp, PASSWORD, serveAuth } from '../../testing/serve-auth';

// The real one, watched: how long an attempt takes is what it hashes, and what it asks the database.
jest.mock('@node-rs/argon2', () => {
  const real = jest.requireActual<typeof argon2>('@node-rs/argon2');
  return { ...real, hash: jest.fn(real.hash), verify: jest.fn(real.verify) };
});

const hash = jest.mocked(argon2.hash);
const verify = jest.mocked(argon2.verify);
const asked: string[] = [];

let servers: { stop(): Promise<unknown> }[] = [];
let app: AuthApp;
const known = `${randomUUID()}@example.com`;

beforeAll(async () => {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  servers = [redis, database];
  const keyPrefix = `test-${randomUUID()}:`;
  app = await serveAuth({ redisUrl: redis.url, databaseUrl: database.url, keyPrefix });
  watch(UserRepository);
  watch(SessionRepository);
});

afterAll(async () => {
  await app?.close();
  await Promise.all(servers.map((server) => server.stop()));
});

/** Notes every question to this repository. */
function watch(type: typeof UserRepository | typeof SessionRepository): void {
  const repository = app.get<object>(type) as Record<string, (...args: unknown[]) => unknown>;
  for (const name of Object.getOwnPropertyNames(type.prototype)) {
    const method = repository[name];
    if (name === 'constructor' || typeof method !== 'function') continue;
    repository[name] = (...args) => {
      asked.push(`${type.name}.${name}`);
      return method.apply(repository, args);
    };
  }
}

/** Algorithm, version, memory, passes, lanes, and the lengths of salt and hash: all that the time of a check hangs on. */
function costOf(passwordHash: string | Uint8Array): string {
  const [, algorithm, version, cost, salt = '', digest = ''] = passwordHash.toString().split('$');
  return `${algorithm} ${version} ${cost} ${salt.length} ${digest.length}`;
}

/** What one request did, and what it was answered. */
async function attempt(path: string, email: string, password: string) {
  hash.mockClear();
  verify.mockClear();
  asked.length = 0;
  const { status, headers, body } = await app.call('POST', path, { body: { email, password } });
  return {
    answer: { status, body: { ...body, requestId: '' }, length: headers.get('content-length') },
    hashed: hash.mock.calls.map(([text, options]) => [text.length, options]),
    verified: verify.mock.calls.map(([stored, text]) => [costOf(stored), text.length]),
    asked: [...asked],
  };
}

it('hashes before the first sign-in what stands for nobody’s password', () => {
  expect(hash).toHaveBeenCalledTimes(1);
});

it.each([
  ['a short password', 'x'],
  ['a usual one', 'not the password'],
  ['the longest there is', 'x'.repeat(1_024)],
  ['one whose spelling changes', 'cafe\u0301 cafe\u0301 cafe\u0301'],
])('an unknown e-mail costs the same work as a wrong password, for %s', async (_what, password) => {
  await app.call('POST', 'register', { body: { email: known, password: PASSWORD } });
  const wrong = await attempt('login', known, password);
  expect(wrong.answer.status).toBe(401);
  expect(wrong.verified).toEqual([
    ['argon2id v=19 m=19456,t=2,p=1 22 43', password.normalize('NFKC').length],
  ]);
  expect(wrong.hashed).toEqual([]);
  expect(wrong.asked).toContain('UserRepository.findByEmail');
  expect(await attempt('login', `${randomUUID()}@example.com`, password)).toEqual(wrong);
});

it('to register an e-mail that is taken costs the same hash as one that is free', async () => {
  const taken = await attempt('register', known, PASSWORD);
  const free = await attempt('register', `${randomUUID()}@example.com`, PASSWORD);
  expect([taken.answer.status, free.answer.status]).toEqual([409, 201]);
  expect([taken.hashed, taken.verified]).toEqual([[[PASSWORD.length, undefined]], []]);
  expect([free.hashed, free.verified]).toEqual([taken.hashed, taken.verified]);
});
