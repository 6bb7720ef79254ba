import { randomUUID } from 'node:crypto';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { logDeletions, takeDeletions } from '../../testing/deletion-log';
import { isPastRetention } from '../retention/retention';
import { refreshTokens } from '../schema/refresh-tokens';
import { endOf, sessions as table } from '../schema/sessions';
import { UserRepository } from '../users/user.repository';
import { SessionRepository } from './session.repository';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const JUST_OVER = 30 * DAY + MINUTE;
const NOT_YET = 30 * DAY - MINUTE;

let server: ProvidedDatabase;
let app: DatabaseApp;
let sessions: SessionRepository;
let userId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  sessions = app.get(SessionRepository);
  ({ id: userId } = await app.get(UserRepository).create({ email: 'ada@example.com', passwordHash: 'h' }));
  await logDeletions(app.database, 'sessions', 'refresh_tokens');
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

/** A session with one token that expires, and may have been revoked, so many ms before now. */
async function open(expiredFor: number, revokedFor?: number): Promise<string> {
  const { id } = await sessions.create({
    userId,
    refreshHash: randomUUID(),
    expiresAt: new Date(Date.now() - expiredFor),
  });
  if (revokedFor !== undefined) {
    const revokedAt = new Date(Date.now() - revokedFor);
    await app.database.write((queries) => queries.update(table).set({ revokedAt }).where(eq(table.id, id)));
  }
  return id;
}

/** So many sessions that are past retention, each with so many tokens. */
async function openEnded(count: number, tokens: number): Promise<void> {
  await app.database.write((queries) =>
    queries.execute(sql`
      with opened as (
        insert into sessions (id, user_id, expires_at)
        select gen_random_uuid(), ${userId}, now() - interval '31 days' - n * interval '1 second'
        from generate_series(1, ${count}::int) n returning id)
      insert into refresh_tokens (hash, session_id)
      select id || '-' || n, id from opened, generate_series(1, ${tokens}::int) n`),
  );
}

async function left(): Promise<{ sessions: string[]; withTokens: string[] }> {
  return app.database.read(async (queries) => {
    const there = await queries.select({ id: table.id }).from(table).orderBy(table.id);
    const tokens = await queries
      .selectDistinct({ id: refreshTokens.sessionId })
      .from(refreshTokens)
      .orderBy(refreshTokens.sessionId);
    return { sessions: there.map(({ id }) => id), withTokens: tokens.map(({ id }) => id) };
  });
}

const nothing = { sessions: [], withTokens: [] };

it('deletes what expired or was revoked more than 30 days ago, with its tokens, and nothing else', async () => {
  await open(JUST_OVER);
  await open(-DAY, JUST_OVER);
  await open(JUST_OVER, NOT_YET);
  await open(NOT_YET, JUST_OVER);
  const kept = [
    await open(NOT_YET),
    await open(-DAY, NOT_YET),
    await open(-DAY),
    await open(NOT_YET, MINUTE),
  ];
  expect(await sessions.deleteExpired()).toBe(4);
  expect(await left()).toEqual({ sessions: kept.sort(), withTokens: kept });
  expect(await sessions.deleteExpired()).toBe(0);
});

it('counts from the moment it is given', async () => {
  const old = await open(JUST_OVER);
  const newer = await open(NOT_YET);
  expect(await sessions.deleteExpired({ asOf: new Date(Date.now() - 2 * MINUTE) })).toBe(0);
  expect((await left()).sessions).toEqual([old, newer].sort());
  expect(await sessions.deleteExpired({ asOf: new Date(Date.now() + 2 * MINUTE) })).toBe(2);
});

it('goes by the clock of the database unless it is given a moment', async () => {
  const kept = await open(NOT_YET);
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 365 * DAY);
  expect(await sessions.deleteExpired()).toBe(0);
  expect((await left()).sessions).toEqual([kept]);
});

it('takes at most 1,000 rows at a time, also of tokens that many sessions or a single one has piled up', async () => {
  await openEnded(2_300, 2);
  await openEnded(1, 2_500);
  const kept = await open(-DAY);
  expect(await sessions.deleteExpired()).toBe(2_301);
  expect(await left()).toEqual({ sessions: [kept], withTokens: [kept] });
  const batches = await takeDeletions(app.database);
  expect(Math.max(...batches)).toBe(1_000);
  expect(batches.reduce((sum, rows) => sum + rows)).toBe(2_301 + 4_600 + 2_500);
});

describe('when its signal aborts', () => {
  it('ends after the batch that is running, says how many are gone, and goes on from there next time', async () => {
    await openEnded(2_500, 1);
    const stopping = new AbortController();
    const write = app.database.write.bind(app.database);
    let batches = 0;
    jest.spyOn(app.database, 'write').mockImplementation((work) => {
      // The first is of tokens, the second finds no more of them, the third is of sessions.
      if (++batches === 3) stopping.abort();
      return write(work);
    });
    expect(await sessions.deleteExpired({ signal: stopping.signal })).toBe(1_000);
    expect(batches).toBe(3);
    jest.restoreAllMocks();
    expect((await left()).sessions).toHaveLength(1_500);
    expect(await sessions.deleteExpired({ signal: new AbortController().signal })).toBe(1_500);
    expect(await left()).toEqual(nothing);
  });

  it('does not turn to the sessions in the middle of their tokens', async () => {
    await openEnded(500, 4);
    await openEnded(100, 0);
    const stopping = new AbortController();
    const write = app.database.write.bind(app.database);
    jest.spyOn(app.database, 'write').mockImplementation((work) => {
      stopping.abort();
      return write(work);
    });
    expect(await sessions.deleteExpired({ signal: stopping.signal })).toBe(0);
    jest.restoreAllMocks();
    expect(await takeDeletions(app.database)).toEqual([1_000]);
    expect((await left()).sessions).toHaveLength(600);
  });

  it('does nothing when it has aborted before', async () => {
    await openEnded(3, 1);
    expect(await sessions.deleteExpired({ signal: AbortSignal.abort() })).toBe(0);
    expect((await left()).sessions).toHaveLength(3);
  });
});

it('waits for no row that somebody holds, and leaves that one to the next sweep', async () => {
  const session = await open(JUST_OVER);
  const ofToken = await open(JUST_OVER + 1);
  await openEnded(10, 1);
  await app.database.transaction(async (queries) => {
    await queries.select().from(table).where(eq(table.id, session)).for('update');
    await queries.select().from(refreshTokens).where(eq(refreshTokens.sessionId, ofToken)).for('update');
    expect(await sessions.deleteExpired()).toBe(10);
  });
  expect((await left()).sessions).toEqual([session, ofToken].sort());
  expect(await sessions.deleteExpired()).toBe(2);
  expect(await left()).toEqual(nothing);
});

it('run by several at once counts every session once', async () => {
  await openEnded(3_000, 2);
  const counts = await Promise.all([1, 2, 3].map(() => sessions.deleteExpired()));
  const rest = await sessions.deleteExpired();
  expect(counts.reduce((sum, count) => sum + count, rest)).toBe(3_000);
  expect(await left()).toEqual(nothing);
});

it('finds them by an index, in the order of their end', async () => {
  const plan = await app.database.transaction(async (queries) => {
    await queries.execute(sql`set local enable_seqscan = off`);
    await queries.execute(sql`set local enable_sort = off`);
    return queries.execute(
      sql`explain select from sessions where ${isPastRetention(endOf(table), undefined)} order by ${endOf(table)}`,
    );
  });
  expect(JSON.stringify(plan.rows)).toMatch(/Index (Only )?Scan using sessions_end_idx.*Index Cond/);
});
