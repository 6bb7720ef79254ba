import { randomBytes } from 'node:crypto';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { refreshTokens } from '../schema/refresh-tokens';
import { sessions as table } from '../schema/sessions';
import { UserRepository } from '../users/user.repository';
import type { Session } from './session';
import { SessionRepository } from './session.repository';

const graceMs = 10_000;
const newHash = () => randomBytes(32).toString('base64url');
const inAnHour = () => new Date(Date.now() + 3_600_000);
/** As the real ones: the successor of a token is always the same. */
const successorOf = (hash: string) => `${hash}>`;

let server: ProvidedDatabase;
let app: DatabaseApp;
let sessions: SessionRepository;
let userId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  sessions = app.get(SessionRepository);
});

beforeEach(async () => {
  ({ id: userId } = await app
    .get(UserRepository)
    .create({ email: `${newHash()}@example.com`, passwordHash: 'h' }));
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

async function open(expiresAt = inAnHour()): Promise<{ session: Session; token: string }> {
  const token = newHash();
  return { session: await sessions.create({ userId, refreshHash: token, expiresAt }), token };
}

const rotate = (presentedHash: string) =>
  sessions.rotate({ presentedHash, successorHash: successorOf(presentedHash), graceMs });

/** Lets time pass for a token: its replacement moves into the past of the database's clock. */
async function age(token: string, milliseconds: number): Promise<void> {
  await app.database.write((queries) =>
    queries
      .update(refreshTokens)
      .set({ replacedAt: sql`${refreshTokens.replacedAt} - ${milliseconds} * interval '1 millisecond'` })
      .where(eq(refreshTokens.hash, token)),
  );
}

async function tokensOf(session: Session): Promise<{ hash: string; replaced: boolean }[]> {
  return app.database.read((queries) =>
    queries
      .select({ hash: refreshTokens.hash, replaced: sql<boolean>`${refreshTokens.replacedAt} is not null` })
      .from(refreshTokens)
      .where(eq(refreshTokens.sessionId, session.id)),
  );
}

describe('sessions', () => {
  it('are found, listed newest first, and revoked once', async () => {
    const expiresAt = inAnHour();
    const first = await sessions.create({
      userId,
      refreshHash: newHash(),
      expiresAt,
      userAgent: 'curl',
      ip: '::1',
    });
    expect(first).toMatchObject({ userId, expiresAt, userAgent: 'curl', ip: '::1', revokedAt: null });
    const { session: second } = await open();
    const { session: third } = await open();
    await open(new Date(Date.now() - 1));
    expect(await sessions.find(first.id)).toEqual(first);
    expect(await sessions.listActive(userId)).toEqual([third, second, first]);

    expect(await sessions.revoke(first.id, '01900000-0000-7000-8000-000000000000')).toBe(false);
    expect(await sessions.revoke(first.id, userId)).toBe(true);
    expect(await sessions.revoke(first.id, userId)).toBe(false);
    expect((await sessions.find(first.id))?.revokedAt).toBeInstanceOf(Date);
    expect(await sessions.listActive(userId)).toEqual([third, second]);

    expect(await sessions.revokeAll(userId, third.id)).toContain(second.id);
    expect(await sessions.listActive(userId)).toEqual([third]);
    expect(await sessions.revokeAll(userId)).toEqual([third.id]);
    expect(await sessions.revokeAll(userId)).toEqual([]);
  });

  it('leave nothing behind when their token cannot be kept', async () => {
    const { token } = await open();
    const again = sessions.create({ userId, refreshHash: token, expiresAt: inAnHour() });
    await expect(again).rejects.toMatchObject({ code: 'DATABASE_CONFLICT' });
    expect(await sessions.listActive(userId)).toHaveLength(1);
  });

  it('are each revoked by one of many who revoke them at once, and nobody waits in a circle', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => open()));
    const ids = await Promise.all(Array.from({ length: 8 }, () => sessions.revokeAll(userId)));
    expect(ids.flat().sort()).toEqual(opened.map(({ session }) => session.id).sort());
  });
});

describe('rotate', () => {
  it('replaces a token, replays within the grace time, and revokes the family after it', async () => {
    const { session, token: a } = await open();
    expect(await rotate(a)).toEqual({ outcome: 'rotated', session });
    expect(await rotate(a)).toEqual({ outcome: 'replayed', session });
    const b = successorOf(a);
    expect(await rotate(b)).toEqual({ outcome: 'rotated', session });
    // Within its time also when the successor was itself replaced meanwhile.
    await age(a, graceMs - 2_000);
    expect(await rotate(a)).toEqual({ outcome: 'replayed', session });

    await age(a, 2_000);
    const reuse = await rotate(a);
    expect(reuse).toEqual({
      outcome: 'reused',
      session: { ...session, revokedAt: expect.any(Date) as Date },
    });
    expect(await sessions.find(session.id)).toEqual('session' in reuse && reuse.session);
    for (const token of [a, b, successorOf(b)]) expect(await rotate(token)).toEqual({ outcome: 'unknown' });
  });

  it('knows no token of a revoked or expired session, and none that was never given out', async () => {
    const { session, token } = await open();
    await sessions.revoke(session.id, userId);
    expect(await rotate(token)).toEqual({ outcome: 'unknown' });
    expect(await rotate((await open(new Date(Date.now() - 1))).token)).toEqual({ outcome: 'unknown' });
    expect(await rotate(newHash())).toEqual({ outcome: 'unknown' });
    expect(await tokensOf(session)).toEqual([{ hash: token, replaced: false }]);
  });

  it('goes by the clock of the database alone', async () => {
    const { session, token } = await open();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 86_400_000);
    try {
      expect(await rotate(token)).toEqual({ outcome: 'rotated', session });
      expect(await rotate(token)).toEqual({ outcome: 'replayed', session });
    } finally {
      clock.mockRestore();
    }
  });

  it('lets exactly one of many at once rotate, and replays the others', async () => {
    const { session, token } = await open();
    let current = token;
    for (let round = 0; round < 15; round++) {
      const results = await Promise.all(Array.from({ length: 12 }, () => rotate(current)));
      const outcomes = results.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual([...Array<string>(11).fill('replayed'), 'rotated']);
      current = successorOf(current);
    }
    const tokens = await tokensOf(session);
    expect(tokens).toHaveLength(16);
    expect(tokens.filter(({ replaced }) => !replaced)).toEqual([{ hash: current, replaced: false }]);
  });

  it('of one family in a storm of tokens, old and new, leaves one chain of tokens', async () => {
    for (let round = 0; round < 5; round++) {
      const { session, token } = await open();
      // Successors are presented before they exist (unknown), while they are made, and after they were replaced.
      const chain = [token];
      for (let n = 0; n < 4; n++) chain.push(successorOf(chain[n] as string));
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, n) => {
          const presented = chain[n % chain.length] as string;
          return rotate(presented).then(({ outcome }) => ({ presented, outcome }));
        }),
      );
      for (const presented of chain) {
        const outcomes = results.filter((result) => result.presented === presented).map((r) => r.outcome);
        expect(outcomes.filter((outcome) => outcome === 'rotated').length).toBeLessThanOrEqual(1);
        expect(outcomes).not.toContain('reused');
      }
      const tokens = await tokensOf(session);
      expect(tokens.filter(({ replaced }) => !replaced)).toHaveLength(1);
      expect(tokens).toHaveLength(results.filter(({ outcome }) => outcome === 'rotated').length + 1);
    }
  });

  it('tells one of many reuses at once, and a revocation at the same moment wins for good', async () => {
    const { session, token } = await open();
    await rotate(token);
    await age(token, graceMs);
    const results = await Promise.all(Array.from({ length: 10 }, () => rotate(token)));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual([
      'reused',
      ...Array<string>(9).fill('unknown'),
    ]);
    expect((await sessions.find(session.id))?.revokedAt).toBeInstanceOf(Date);

    for (let round = 0; round < 20; round++) {
      const other = await open();
      const [result, revoked] = await Promise.all([
        rotate(other.token),
        sessions.revoke(other.session.id, userId),
      ]);
      expect(revoked).toBe(true);
      expect(['rotated', 'unknown']).toContain(result.outcome);
      expect(await rotate(successorOf(other.token))).toEqual({ outcome: 'unknown' });
      expect(await rotate(other.token)).toEqual({ outcome: 'unknown' });
    }
    expect(await app.database.read((queries) => queries.$count(table, eq(table.userId, userId)))).toBe(21);
  });
});
