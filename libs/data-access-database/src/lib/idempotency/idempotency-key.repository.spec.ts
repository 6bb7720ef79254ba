import { randomUUID } from 'node:crypto';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq } from 'drizzle-orm';
import { ageKey } from '../../testing/age-key';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { users } from '../schema/users';
import { UserRepository } from '../users/user.repository';
import type { ClaimResult, IdempotencyClaim } from './idempotency-key';
import { IdempotencyKeyRepository } from './idempotency-key.repository';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let server: ProvidedDatabase;
let app: DatabaseApp;
let keys: IdempotencyKeyRepository;
let userId: string;
let key: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  keys = app.get(IdempotencyKeyRepository);
  userId = await aUser();
});

beforeEach(() => {
  key = randomUUID();
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

async function aUser(): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  return (await app.get(UserRepository).create({ email, passwordHash: 'h' })).id;
}

const ask = (requestHash = 'a', more: { userId?: string; leaseMs?: number } = {}) =>
  keys.claim({ userId, key, requestHash, ...more });

/** @throws Error when it is not claimed */
async function take(requestHash?: string): Promise<IdempotencyClaim> {
  return claimIn(await ask(requestHash));
}

function claimIn(result: ClaimResult): IdempotencyClaim {
  if (result.outcome !== 'claimed') throw new Error(`It is ${result.outcome}.`);
  return result.claim;
}

const age = (milliseconds: number) => ageKey(app.database, key, milliseconds);

const answer = { status: 202, body: { id: 'i', status: 'queued' } };
const inProgress = { outcome: 'in-progress' };
const otherRequest = { outcome: 'other-request' };
const done = { outcome: 'done', answer };

describe('a key', () => {
  it('is claimed once, is in progress, and replays the answer from then on', async () => {
    const mine = await take();
    expect(mine).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string, attempt: 1 });
    expect(await ask()).toEqual(inProgress);
    expect(await keys.complete(mine, answer)).toBe(true);
    expect([await ask(), await ask()]).toEqual([done, done]);
  });

  it('is refused to a request with another hash, before the answer and after it', async () => {
    const mine = await take('a');
    expect(await ask('b')).toEqual(otherRequest);
    await keys.complete(mine, answer);
    expect(await ask('b')).toEqual(otherRequest);
    expect(await ask('a')).toEqual(done);
  });

  it('belongs to a user', async () => {
    await keys.complete(await take(), answer);
    const stranger = await aUser();
    expect(await ask('b', { userId: stranger })).toMatchObject({ outcome: 'claimed' });
    expect(await ask('a', { userId: stranger })).toEqual(otherRequest);
    await app.database.write((queries) => queries.delete(users).where(eq(users.id, stranger)));
    expect(await ask()).toEqual(done);
  });

  it('that was abandoned is free, also for another request', async () => {
    const first = await take('a');
    expect(await keys.abandon(first)).toBe(true);
    expect(await keys.abandon(first)).toBe(false);
    expect(await keys.complete(first, answer)).toBe(false);
    const second = await take('b');
    expect(second.id).not.toBe(first.id);
    expect(await keys.abandon(first)).toBe(false);
    expect(await ask('b')).toEqual(inProgress);
  });

  it('that was completed cannot be abandoned, and keeps its first answer', async () => {
    const mine = await take();
    expect(await keys.complete(mine, answer)).toBe(true);
    expect(await keys.complete(mine, { status: 500, body: 'another' })).toBe(true);
    expect(await keys.abandon(mine)).toBe(false);
    expect(await ask()).toEqual(done);
  });

  it('is kept for 24 hours, and then as if it had never been used', async () => {
    const first = await take();
    await keys.complete(first, answer);
    await age(24 * HOUR - 10 * SECOND);
    expect(await ask()).toEqual(done);
    await age(20 * SECOND);
    const second = await take('b');
    expect(second).toEqual({ id: expect.not.stringContaining(first.id) as string, attempt: 1 });
    expect(await keys.complete(first, answer)).toBe(false);
    expect(await ask('b')).toEqual(inProgress);
  });

  it.each([0, 256])('of %i characters is refused', async (length) => {
    key = 'k'.repeat(length);
    await expect(ask()).rejects.toMatchObject({
      code: 'DATABASE_INVALID',
      constraint: 'idempotency_keys_key_check',
    });
  });

  it('may have 255 characters of any kind', async () => {
    key = '😀'.repeat(255);
    await keys.complete(await take(), answer);
    expect(await ask()).toEqual(done);
  });
});

describe('an answer', () => {
  it.each([
    ['an object', { z: 1, a: { '10': 1, '9': [null, true, 1e21, 0.1] }, aa: '' }],
    ['signs that texts or JSON may not hold', { nul: 'a\0b', alone: '\ud800', quotes: `'"\\$1` }],
    ['a text that looks like a number', '123'],
    ['a text that looks like nothing', 'null'],
    ['an empty text', ''],
    ['nothing', null],
    ['zero', 0],
    ['an empty list', []],
    ['a long one', { long: 'x'.repeat(100_000) }],
  ])('comes back as it was: %s', async (_, body) => {
    const mine = await take();
    await keys.complete(mine, { status: 202, body });
    const result = await ask();
    expect(result).toEqual({ outcome: 'done', answer: { status: 202, body } });
    // The order of the fields, too.
    expect(JSON.stringify(result)).toBe(JSON.stringify({ outcome: 'done', answer: { status: 202, body } }));
  });

  it('that is no JSON is refused, and the claim goes on', async () => {
    const mine = await take();
    await expect(keys.complete(mine, { status: 202, body: 1n })).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
    });
    expect(await ask()).toEqual(inProgress);
    expect(await keys.complete(mine, { status: 202, body: undefined })).toBe(true);
    expect(await ask()).toEqual({ outcome: 'done', answer: { status: 202, body: null } });
  });
});

describe('a claim whose owner died', () => {
  it('is taken over when its lease has run out, under the same id, and the old owner is fenced off', async () => {
    const old = await take();
    await age(29 * SECOND);
    expect(await ask()).toEqual(inProgress);
    await age(2 * SECOND);
    const current = await take();
    expect(current).toEqual({ id: old.id, attempt: 2 });
    expect(await ask()).toEqual(inProgress);
    expect(await keys.complete(old, { status: 202, body: 'old' })).toBe(false);
    expect(await keys.abandon(old)).toBe(false);
    expect(await keys.complete(current, answer)).toBe(true);
    expect(await keys.complete(old, { status: 202, body: 'old' })).toBe(false);
    expect(await ask()).toEqual(done);
  });

  it('is kept for 24 hours from the take-over, with a lease of its own', async () => {
    await take();
    await age(24 * HOUR - 10 * SECOND);
    const current = await take();
    await age(20 * SECOND);
    expect(await ask()).toEqual(inProgress);
    await keys.complete(current, answer);
    expect(await ask()).toEqual(done);
  });

  it('goes to another request under another id, for nothing was answered', async () => {
    const old = await take('a');
    await age(31 * SECOND);
    const current = await take('b');
    expect(current).toEqual({ id: expect.not.stringContaining(old.id) as string, attempt: 1 });
    expect(await keys.complete(old, answer)).toBe(false);
    expect(await ask('a')).toEqual(otherRequest);
  });

  it('can still be completed by an owner who was only slow, if nobody has taken it over', async () => {
    const mine = await take();
    await age(31 * SECOND);
    expect(await keys.complete(mine, answer)).toBe(true);
    expect(await ask()).toEqual(done);
  });

  it('is begun anew when it is older than a key is kept', async () => {
    const old = await take();
    await age(25 * HOUR);
    expect(await take()).toEqual({ id: expect.not.stringContaining(old.id) as string, attempt: 1 });
  });

  it('has the lease that was asked for', async () => {
    await ask('a', { leaseMs: 5 * SECOND });
    await age(4 * SECOND);
    expect(await ask('a')).toEqual(inProgress);
    await age(2 * SECOND);
    await ask('a', { leaseMs: 5 * SECOND });
    await age(6 * SECOND);
    expect(await take()).toMatchObject({ attempt: 3 });
  });

  it('is judged by the clock of the database alone', async () => {
    const mine = await take();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 48 * HOUR);
    expect(await ask()).toEqual(inProgress);
    await keys.complete(mine, answer);
    expect(await ask()).toEqual(done);
  });
});
