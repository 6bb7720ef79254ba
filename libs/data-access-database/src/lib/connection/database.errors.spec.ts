import { provideDatabase, type ProvidedDatabase, startStopwatch } from '@sluice/testing-servers';
import { type SQL, sql } from 'drizzle-orm';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { everythingOf, rejectionOf } from '../../testing/secrets';
import { CharacterRepository } from '../characters/character.repository';
import { IdempotencyKeyRepository } from '../idempotency/idempotency-key.repository';
import { ImageRepository } from '../images/image.repository';
import { SessionRepository } from '../sessions/session.repository';
import { UserRepository } from '../users/user.repository';
import { DatabaseError } from './database.errors';

const CANARY = 'canary-5f1d';
const NOBODY = '01900000-0000-7000-8000-000000000000';
const STATEMENT_TIMEOUT_MS = 1_000;

let server: ProvidedDatabase;
let app: DatabaseApp;

beforeAll(async () => {
  server = await provideDatabase();
  const url = new URL(server.url);
  // A server that trusts everybody takes any password; another one needs its own.
  url.password ||= CANARY;
  app = await startDatabaseApp({
    url: url.href,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: 200,
  });
  await app.get(UserRepository).create({ email: CANARY, passwordHash: CANARY });
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const users = () => app.get(UserRepository);
const characters = () => app.get(CharacterRepository);
const read = (statement: SQL) => app.database.read((queries) => queries.execute(statement));
const write = (statement: SQL) => app.database.write((queries) => queries.execute(statement));

const failures: Record<string, { expected: object; provoke: () => Promise<unknown> }> = {
  'a taken value': {
    expected: { code: 'DATABASE_CONFLICT', sqlState: '23505', constraint: 'users_email_key' },
    provoke: () => users().create({ email: CANARY.toUpperCase(), passwordHash: CANARY }),
  },
  'a reference to nothing': {
    expected: { code: 'DATABASE_INVALID', sqlState: '23503', constraint: 'characters_owner_id_users_id_fk' },
    provoke: () => characters().create({ ownerId: NOBODY, name: CANARY, handle: 'handle' }),
  },
  'a broken check': {
    expected: { code: 'DATABASE_INVALID', sqlState: '23514', constraint: 'characters_handle_check' },
    provoke: () => characters().create({ ownerId: NOBODY, name: 'name', handle: CANARY }),
  },
  'a missing value': {
    expected: { code: 'DATABASE_INVALID', sqlState: '23502' },
    provoke: () => users().create({ email: CANARY, passwordHash: null as never }),
  },
  'an id that is none': {
    expected: { code: 'DATABASE_INVALID', sqlState: '22P02' },
    provoke: () => users().findById(CANARY),
  },
  'a NUL in a text': {
    expected: { code: 'DATABASE_INVALID', sqlState: '22021' },
    provoke: () => users().findByEmail(`${CANARY}\0`),
  },
  'a NUL in JSON': {
    expected: { code: 'DATABASE_INVALID', sqlState: '22P05' },
    provoke: () => characters().update(NOBODY, NOBODY, { config: { bio: `${CANARY}\0` } }),
  },
  'a seed that is no number': {
    expected: { code: 'DATABASE_INVALID', sqlState: '23514', constraint: 'images_seed_check' },
    provoke: () =>
      app
        .get(ImageRepository)
        .create({ ownerId: NOBODY, prompt: CANARY, seed: CANARY, width: 64, height: 64 }),
  },
  'an idempotency key that is too long': {
    expected: { code: 'DATABASE_INVALID', sqlState: '23514', constraint: 'idempotency_keys_key_check' },
    provoke: () =>
      app
        .get(IdempotencyKeyRepository)
        .claim({ userId: NOBODY, key: CANARY.repeat(100), requestHash: CANARY }),
  },
  'an answer that is no JSON': {
    expected: { code: 'DATABASE_FAILED', reason: 'UNKNOWN' },
    provoke: () =>
      app
        .get(IdempotencyKeyRepository)
        .complete({ id: NOBODY, attempt: 1 }, { status: 202, body: { [CANARY]: 1n } }),
  },
  'a date that is none': {
    expected: { code: 'DATABASE_FAILED', reason: 'UNKNOWN' },
    provoke: () =>
      app
        .get(SessionRepository)
        .create({ userId: NOBODY, refreshHash: CANARY, expiresAt: new Date(Number.NaN) }),
  },
  'a syntax error': {
    expected: { code: 'DATABASE_FAILED', sqlState: '42601' },
    provoke: () => read(sql`selec ${CANARY} as "canary-5f1d"`),
  },
  'a message of the server': {
    expected: { code: 'DATABASE_FAILED', sqlState: 'P0001' },
    provoke: () => read(sql.raw(`do $$ begin raise '${CANARY}' using detail = '${CANARY}'; end $$`)),
  },
  'a statement that takes too long': {
    expected: { code: 'DATABASE_TIMEOUT', sqlState: '57014', outcome: 'not-executed' },
    provoke: () => write(sql`select pg_sleep(60), ${CANARY}`),
  },
  'a lock that is held': {
    expected: { code: 'DATABASE_TIMEOUT', sqlState: '55P03', outcome: 'not-executed' },
    provoke: async () => {
      let isHeld: () => void;
      const held = new Promise<void>((resolve) => (isHeld = resolve));
      const holding = app.database.transaction(async (queries) => {
        await queries.execute(sql`lock table users`);
        isHeld();
        await queries.execute(sql`select pg_sleep(0.6)`);
      });
      await held;
      try {
        return await app.database.transaction((queries) =>
          queries.execute(sql.raw(`lock table users /* ${CANARY} */`)),
        );
      } finally {
        await holding;
      }
    },
  },
  'a connection that the server ends, in a read': {
    expected: { code: 'DATABASE_UNAVAILABLE', sqlState: '57P01', outcome: 'not-executed' },
    provoke: () => read(sql`select pg_terminate_backend(pg_backend_pid()), ${CANARY}`),
  },
  'a connection that the server ends, in a write': {
    expected: { code: 'DATABASE_UNAVAILABLE', sqlState: '57P01', outcome: 'unknown' },
    provoke: () => write(sql`select pg_terminate_backend(pg_backend_pid()), ${CANARY}`),
  },
  'a fault in our own code': {
    expected: { code: 'DATABASE_FAILED', outcome: 'unknown' },
    provoke: () =>
      app.database.transaction(() =>
        Promise.reject(Object.assign(new Error(CANARY), { [CANARY]: CANARY, cause: new Error(CANARY) })),
      ),
  },
};

describe.each(Object.entries(failures))('%s', (_, { expected, provoke }) => {
  it('comes out as a DatabaseError that holds nothing of the values, in bounded time', async () => {
    const watch = startStopwatch();
    const error = await rejectionOf(provoke());
    expect(watch.stop()).toBeLessThan(STATEMENT_TIMEOUT_MS + 1_000);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject(expected);
    expect(everythingOf(error)).not.toMatch(/canary|\$1|password_hash|postgres(ql)?:\/\//i);
    expect(app.log.join('\n')).not.toMatch(/canary/i);
  });

  it('leaves the pool usable and no transaction open', async () => {
    await rejectionOf(provoke());
    const counts = await app.database.read((queries) =>
      queries.execute<{ open: number }>(
        sql`select count(*)::int as open from pg_stat_activity where state like 'idle in transaction%'
          and datname = current_database()`,
      ),
    );
    expect(counts.rows).toEqual([{ open: 0 }]);
  });
});
