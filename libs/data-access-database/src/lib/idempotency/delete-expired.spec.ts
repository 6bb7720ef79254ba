import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { sql } from 'drizzle-orm';
import { ageKey } from '../../testing/age-key';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { logDeletions, takeDeletions } from '../../testing/deletion-log';
import { idempotencyKeys as table } from '../schema/idempotency-keys';
import { UserRepository } from '../users/user.repository';
import { IdempotencyKeyRepository } from './idempotency-key.repository';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const RETENTION = 30 * 24 * HOUR;

let server: ProvidedDatabase;
let app: DatabaseApp;
let keys: IdempotencyKeyRepository;
let userId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  keys = app.get(IdempotencyKeyRepository);
  ({ id: userId } = await app.get(UserRepository).create({ email: 'ada@example.com', passwordHash: 'h' }));
  await logDeletions(app.database, 'idempotency_keys');
});

beforeEach(async () => {
  await app.database.write((queries) => queries.delete(table));
  await takeDeletions(app.database);
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

/** So many keys that expired so many ms ago. */
const expired = (count: number, milliseconds: number) =>
  app.database.write((queries) =>
    queries.execute(sql`
      insert into idempotency_keys (id, user_id, key, request_hash, leased_until, expires_at)
      select gen_random_uuid(), ${userId}, gen_random_uuid(), 'a', now(),
        now() - ${milliseconds} * interval '1 millisecond'
      from generate_series(1, ${count}::int)`),
  );

const left = () => app.database.read((queries) => queries.$count(table));

it('takes what expired more than 30 days ago, completed or not, and nothing else', async () => {
  const result = await keys.claim({ userId, key: 'k', requestHash: 'a' });
  if (result.outcome !== 'claimed') throw new Error(`It is ${result.outcome}.`);
  await keys.complete(result.claim, { status: 202, body: {} });
  await ageKey(app.database, 'k', 24 * HOUR + RETENTION + 10 * SECOND);
  await expired(1, RETENTION + 10 * SECOND);
  await expired(2, RETENTION - 10 * SECOND);
  await expired(1, -HOUR);
  expect(await keys.deleteExpired()).toBe(2);
  expect(await left()).toBe(3);
  expect(await keys.deleteExpired({ asOf: new Date(Date.now() + 20 * SECOND) })).toBe(2);
  expect(await left()).toBe(1);
});

it('takes 1,000 at a time, stops between two batches, and goes on from there', async () => {
  await expired(2_500, RETENTION + HOUR);
  const stopping = new AbortController();
  const write = app.database.write.bind(app.database);
  jest.spyOn(app.database, 'write').mockImplementationOnce((work) => {
    stopping.abort();
    return write(work);
  });
  expect(await keys.deleteExpired({ signal: stopping.signal })).toBe(1_000);
  expect(await keys.deleteExpired({ signal: stopping.signal })).toBe(0);
  expect(await left()).toBe(1_500);
  expect(await keys.deleteExpired({ signal: new AbortController().signal })).toBe(1_500);
  expect(await takeDeletions(app.database)).toEqual([1_000, 1_000, 500]);
});

it('passes over a key that somebody holds', async () => {
  await expired(3, RETENTION + HOUR);
  await app.database.transaction(async (queries) => {
    await queries.select().from(table).limit(1).for('update');
    expect(await keys.deleteExpired()).toBe(2);
  });
  expect(await keys.deleteExpired()).toBe(1);
});
