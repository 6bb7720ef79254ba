import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresProcess, startPostgres, startStopwatch } from '@sluice/testing-servers';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { Client } from 'pg';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { pollUntil } from '../../testing/poll-until';
import { everythingOf, rejectionOf } from '../../testing/secrets';
import { DatabaseError } from '../connection/database.errors';
import { DatabaseService } from '../database.service';
import { characters } from '../schema/characters';
import { idempotencyKeys } from '../schema/idempotency-keys';
import { images } from '../schema/images';
import { refreshTokens } from '../schema/refresh-tokens';
import { sessions } from '../schema/sessions';
import { users } from '../schema/users';
import { UserRepository } from '../users/user.repository';
import { MIGRATION_LOCK } from './migrate';

const journal = readJson<{ entries: { tag: string }[] }>('_journal.json');

let server: PostgresProcess;
/** Outside of the door, to look on and to stand in the way. */
let outsider: Client;
let apps: DatabaseApp[] = [];

beforeEach(async () => {
  server = await startPostgres();
  outsider = await connectOutsider();
});

afterEach(async () => {
  await Promise.all(apps.map(({ close }) => close()));
  apps = [];
  await outsider.end().catch(() => undefined);
  await server.stop();
});

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, 'meta', name), 'utf8')) as T;
}

async function connectOutsider(): Promise<Client> {
  const client = new Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function start(url = server.url): Promise<DatabaseApp> {
  const app = await startDatabaseApp({ url, connectTimeoutMs: 500 });
  apps.push(app);
  return app;
}

const isReady = ({ get }: DatabaseApp) => get(DatabaseService).ready;

async function applied(): Promise<number> {
  const { rows } = await outsider.query<{ count: number }>(
    'select count(*)::int as count from drizzle.__drizzle_migrations',
  );
  return rows[0]?.count ?? 0;
}

it('run once when several start at the same moment on an empty database, and not again later', async () => {
  const started = await Promise.all([1, 2, 3, 4].map(() => start()));
  expect(started.map(isReady)).toEqual([true, true, true, true]);
  expect(await applied()).toBe(journal.entries.length);
  await started[0]?.get(UserRepository).create({ email: 'ada@example.com', passwordHash: 'h' });

  const later = await start();
  expect(await later.get(UserRepository).findByEmail('ada@example.com')).not.toBeNull();
  expect(await applied()).toBe(journal.entries.length);
});

it('wait for another process that holds the lock', async () => {
  await outsider.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  const starting = start();
  await pollUntil(async () => {
    const { rowCount } = await outsider.query(
      "select 1 from pg_locks where locktype = 'advisory' and not granted",
    );
    return rowCount === 1;
  });
  const { rows } = await outsider.query("select to_regclass('users') as users");
  expect(rows).toEqual([{ users: null }]);
  await outsider.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  expect(isReady(await starting)).toBe(true);
});

it('are made up for when the database was away at start, and nothing is promised until then', async () => {
  await server.kill();
  const app = await start();
  expect(isReady(app)).toBe(false);
  const refusal = { code: 'DATABASE_UNAVAILABLE', outcome: 'not-executed', reason: 'NOT_MIGRATED' };
  const creation = () => app.get(UserRepository).create({ email: 'ada@example.com', passwordHash: 'h' });
  await expect(creation()).rejects.toMatchObject(refusal);
  await expect(app.get(DatabaseService).ping()).rejects.toMatchObject(refusal);

  await server.restart();
  await pollUntil(() => isReady(app));
  await creation();
  expect(await app.get(DatabaseService).ping()).toBeGreaterThan(0);
});

it('that are still being tried do not hold up the end', async () => {
  await server.kill();
  const app = await start();
  const watch = startStopwatch();
  await app.close();
  expect(watch.stop()).toBeLessThan(500);
  await server.restart();
});

describe('that cannot succeed stop the start, saying why and nothing else:', () => {
  it.each([
    [
      'a table that somebody else made',
      '42P07',
      () => outsider.query('create table users (canary text)'),
      {},
    ],
    ['a database that is not there', '3D000', () => Promise.resolve(), { pathname: '/canary' }],
    ['a user who is not there', '28000', () => Promise.resolve(), { username: 'canary' }],
    [
      'a user who may do nothing',
      '42501',
      () => outsider.query('create role canary login; revoke create on database postgres from public'),
      { username: 'canary' },
    ],
  ])('%s', async (_, sqlState, prepare, change) => {
    await prepare();
    const url = Object.assign(new URL(server.url), { password: 'canary' }, change);
    const error = await rejectionOf(start(url.href));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({
      sqlState,
      message: expect.stringContaining('could not be migrated') as string,
    });
    expect(everythingOf(error)).not.toMatch(/canary|create table|postgres:\/\//i);
  });
});

it('and the schema say the same (otherwise: npx drizzle-kit generate)', async () => {
  const newest = String(journal.entries.length - 1).padStart(4, '0');
  const written = readJson<Parameters<typeof generateMigration>[0]>(`${newest}_snapshot.json`);
  const schema = { characters, idempotencyKeys, images, refreshTokens, sessions, users };
  expect(await generateMigration(written, generateDrizzleJson(schema, written.id))).toEqual([]);
});
