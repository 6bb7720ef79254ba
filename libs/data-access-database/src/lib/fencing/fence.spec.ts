import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { and, eq, sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { pollUntil } from '../../testing/poll-until';
import type { Queries } from '../connection/database';
import { fence, notFencedOff } from './fence';

/** A row that only the holder of a lock may change; the log shows whom it let through. */
const registers = pgTable('registers', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  log: text('log').array().notNull().default([]),
  fence: fence(),
});

let server: ProvidedDatabase;
let app: DatabaseApp;
let id: number;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  for (const statement of await generateMigration(
    generateDrizzleJson({}),
    generateDrizzleJson({ registers }),
  ))
    await app.database.write((queries) => queries.execute(sql.raw(statement)));
});

beforeEach(async () => {
  const [made] = await app.database.write((queries) => queries.insert(registers).values({}).returning());
  expect(made?.fence).toBe(0);
  id = made?.id as number;
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

/** As a repository would have it. @returns false when somebody newer has written */
async function append(queries: Queries, token: number): Promise<boolean> {
  const guard = notFencedOff(registers.fence, token);
  const changed = await queries
    .update(registers)
    .set({ log: sql`array_append(${registers.log}, ${String(token)}::text)`, fence: guard.token })
    .where(and(eq(registers.id, id), guard.condition))
    .returning({ id: registers.id });
  return changed.length > 0;
}

const write = (token: number) => app.database.write((queries) => append(queries, token));

async function read(): Promise<{ log: number[]; fence: number }> {
  const [row] = await app.database.read((queries) =>
    queries.select().from(registers).where(eq(registers.id, id)),
  );
  return { log: row?.log.map(Number) ?? [], fence: row?.fence ?? Number.NaN };
}

/** Microseconds since 1970, as the locks give them. */
const now = Date.now() * 1_000;

it('refuses a writer whose lock somebody newer has got, and changes nothing for it', async () => {
  expect(await write(now)).toBe(true);
  expect(await write(now + 1)).toBe(true);
  expect(await write(now)).toBe(false);
  expect(await write(1)).toBe(false);
  expect(await read()).toEqual({ log: [now, now + 1], fence: now + 1 });
});

it('lets the holder write as often as it likes', async () => {
  expect([await write(now), await write(now), await write(now)]).toEqual([true, true, true]);
  expect(await read()).toEqual({ log: [now, now, now], fence: now });
});

it('refuses one that had to wait for somebody newer, by what that one has left', async () => {
  expect(await write(now)).toBe(true);
  let stale: Promise<boolean> | undefined;
  await app.database.transaction(async (queries) => {
    expect(await append(queries, now + 1)).toBe(true);
    stale = write(now);
    await pollUntil(async () => {
      const { rowCount } = await queries.execute(
        sql`select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`,
      );
      return rowCount === 1;
    });
  });
  expect(await stale).toBe(false);
  expect(await read()).toEqual({ log: [now, now + 1], fence: now + 1 });
});

it('of many at once lets nobody through after a newer one', async () => {
  for (let round = 0; round < 10; round++) {
    // In another order each time, and the newest in the middle of it.
    const tokens = Array.from({ length: 30 }, (_, n) => now + round * 100 + ((n * 7 + round) % 30));
    const through = await Promise.all(tokens.map(write));
    const { log, fence: newest } = await read();
    const ofRound = log.slice(-through.filter(Boolean).length);
    expect(ofRound).toEqual([...ofRound].sort((a, b) => a - b));
    expect(new Set(ofRound)).toEqual(new Set(tokens.filter((_, n) => through[n])));
    expect(newest).toBe(Math.max(...tokens));
    expect(ofRound.at(-1)).toBe(newest);
  }
});

it('tells the largest tokens apart', async () => {
  expect(await write(Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(await write(Number.MAX_SAFE_INTEGER - 1)).toBe(false);
  expect(await write(Number.MAX_SAFE_INTEGER)).toBe(true);
  expect((await read()).fence).toBe(9_007_199_254_740_991);
});

it.each([0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '7' as never])(
  'takes %p for no token',
  async (token) => {
    await expect(write(token)).rejects.toMatchObject({ code: 'DATABASE_INVALID', outcome: 'not-executed' });
    expect(await read()).toEqual({ log: [], fence: 0 });
  },
);
