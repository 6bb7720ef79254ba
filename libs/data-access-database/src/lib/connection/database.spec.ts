import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type PostgresProcess, startPostgres, startStopwatch } from '@sluice/testing-servers';
import { sql } from 'drizzle-orm';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { pollUntil } from '../../testing/poll-until';
import { rejectionOf } from '../../testing/secrets';
import type { DatabaseModuleOptions } from '../config/database.config';
import { DatabaseService } from '../database.service';
import type { Database } from './database';
import { UserRepository } from '../users/user.repository';

const limits = { connectTimeoutMs: 300, statementTimeoutMs: 700 } satisfies DatabaseModuleOptions;
/** Getting a connection, the statement, our patience beyond it, and a busy machine. */
const bound = 300 + 700 + 500 + 700;

let server: PostgresProcess;
let app: DatabaseApp | undefined;

beforeAll(async () => {
  server = await startPostgres();
});

afterEach(async () => {
  server.thaw();
  await app?.close();
  app = undefined;
});

afterAll(() => server?.stop());

async function start(options: DatabaseModuleOptions = {}): Promise<DatabaseApp> {
  app = await startDatabaseApp({ url: server.url, ...limits, ...options });
  return app;
}

const sleep = (seconds: number) => sql`select pg_sleep(${seconds})`;

async function sleeping(database: Database): Promise<number> {
  const { rows } = await database.read((queries) =>
    queries.execute<{ count: number }>(
      sql`select count(*)::int as count from pg_stat_activity where wait_event = 'PgSleep'`,
    ),
  );
  return rows[0]?.count ?? 0;
}

const works = ({ get }: DatabaseApp) =>
  get(DatabaseService)
    .ping()
    .then(
      () => true,
      () => false,
    );

async function timed(work: Promise<unknown>): Promise<{ error: unknown; milliseconds: number }> {
  const watch = startStopwatch();
  const error = await rejectionOf(work);
  return { error, milliseconds: watch.stop() };
}

it('waits for a frozen server no longer than agreed, and goes on when it wakes up', async () => {
  const { database, get } = await start();
  await Promise.all([1, 2, 3].map(() => database.read((queries) => queries.execute(sleep(0.05)))));
  server.freeze();
  const attempts = await Promise.all(
    [
      get(UserRepository).findById('01900000-0000-7000-8000-000000000000'),
      get(UserRepository).create({ email: 'frozen@example.com', passwordHash: 'h' }),
      database.transaction((queries) => queries.execute(sleep(0))),
      get(DatabaseService).ping(),
      // For these there is no open connection left, and no new one is to be had.
      get(UserRepository).findByEmail('frozen@example.com'),
      get(UserRepository).create({ email: 'frozen@example.com', passwordHash: 'h' }),
    ].map(timed),
  );
  for (const { milliseconds } of attempts) expect(milliseconds).toBeLessThan(bound);
  expect(attempts.map(({ error }) => error)).toMatchObject([
    { code: 'DATABASE_TIMEOUT', outcome: 'not-executed' },
    { code: 'DATABASE_TIMEOUT', outcome: 'unknown' },
    { code: 'DATABASE_TIMEOUT', outcome: 'unknown' },
    { code: 'DATABASE_UNAVAILABLE', outcome: 'not-executed' },
    { code: 'DATABASE_UNAVAILABLE', outcome: 'not-executed' },
    { code: 'DATABASE_UNAVAILABLE', outcome: 'not-executed' },
  ]);

  server.thaw();
  await pollUntil(() => works(app as DatabaseApp));
});

it('answers a ping on a frozen server before a statement would be given up', async () => {
  const { get } = await start({ statementTimeoutMs: 60_000 });
  await get(DatabaseService).ping();
  server.freeze();
  const { error, milliseconds } = await timed(get(DatabaseService).ping());
  expect(error).toMatchObject({ code: 'DATABASE_TIMEOUT' });
  expect(milliseconds).toBeLessThan(1_500);
});

it('gives up a connection that still owes an answer', async () => {
  const { database, get } = await start({ poolSize: 1 });
  const silent = database.read(async (queries) => {
    await queries.execute(sql`set statement_timeout = 0`);
    // So that the server notices that we hung up, and sleeps no longer.
    await queries.execute(sql`set client_connection_check_interval = 50`);
    await queries.execute(sleep(30));
  });
  await expect(silent).rejects.toMatchObject({ code: 'DATABASE_TIMEOUT', reason: 'NO_ANSWER' });
  // On the old connection, the only one of this pool, it would wait behind that answer.
  await get(DatabaseService).ping();
  await pollUntil(async () => (await sleeping(database)) === 0);
});

it('makes nobody wait for a free connection longer than agreed', async () => {
  const { database } = await start({ poolSize: 2 });
  const busy = [1, 2].map(() => database.read((queries) => queries.execute(sleep(0.6))));
  const { error, milliseconds } = await timed(database.read((queries) => queries.execute(sleep(0))));
  expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', reason: 'CONNECT_TIMEOUT' });
  expect(milliseconds).toBeLessThan(600);
  await Promise.all(busy);
});

it('survives the death of the server, with work in the middle and idle connections, and comes back', async () => {
  const running = await start({ statementTimeoutMs: 10_000 });
  const { database, get } = running;
  await Promise.all([1, 2, 3].map(() => database.read((queries) => queries.execute(sleep(0.05)))));
  const inTheMiddle = Promise.all([
    timed(database.write((queries) => queries.execute(sleep(10)))),
    timed(database.read((queries) => queries.execute(sleep(10)))),
  ]);
  await pollUntil(async () => (await sleeping(database)) === 2);
  await server.kill();
  expect(await inTheMiddle).toMatchObject([
    { error: { code: 'DATABASE_UNAVAILABLE', outcome: 'unknown' } },
    { error: { code: 'DATABASE_UNAVAILABLE', outcome: 'not-executed' } },
  ]);
  const { error, milliseconds } = await timed(get(DatabaseService).ping());
  expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', reason: 'ECONNREFUSED' });
  expect(milliseconds).toBeLessThan(bound);
  expect(get(DatabaseService).ready).toBe(true);

  await server.restart();
  await pollUntil(() => works(running));
});

it('closes in bounded time and leaves no socket behind, however the server behaves', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const before = sockets();
  const closing = await startDatabaseApp({ url: server.url, ...limits, statementTimeoutMs: 60_000 });
  const { database } = closing;
  await Promise.all([1, 2, 3].map(() => database.read((queries) => queries.execute(sleep(0.05)))));
  const busy = rejectionOf(database.write((queries) => queries.execute(sleep(30))));
  await pollUntil(async () => (await sleeping(database)) === 1);
  server.freeze();
  const watch = startStopwatch();
  await closing.close();
  expect(watch.stop()).toBeLessThan(3_000);
  expect(await busy).toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'unknown' });
  await pollUntil(() => sockets() <= before);
  const late = await rejectionOf(database.read((queries) => queries.execute(sleep(0))));
  expect(late).toMatchObject({ code: 'DATABASE_UNAVAILABLE', reason: 'CLOSED' });
});

it('lets running work finish before it closes', async () => {
  const { database, close } = await start();
  const running = database.read((queries) => queries.execute(sleep(0.3)));
  await pollUntil(() => works(app as DatabaseApp));
  await close();
  await expect(running).resolves.toBeDefined();
});

it('starts on a black hole that takes connections and never says a word, and stops again', async () => {
  const sockets: Socket[] = [];
  const hole = createServer(
    (socket) => void sockets.push(socket.on('error', () => undefined).resume()),
  ).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  try {
    const watch = startStopwatch();
    const { get, close } = await start({
      url: `postgres://postgres@127.0.0.1:${(hole.address() as AddressInfo).port}/postgres`,
    });
    expect(watch.stop()).toBeLessThan(2_000);
    expect(get(DatabaseService).ready).toBe(false);
    const { error, milliseconds } = await timed(get(UserRepository).findByEmail('a@example.com'));
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', reason: 'NOT_MIGRATED' });
    expect(milliseconds).toBeLessThan(100);
    await close();
    await pollUntil(() => sockets.every((socket) => socket.readableEnded || socket.destroyed));
  } finally {
    for (const socket of sockets) socket.destroy();
    hole.close();
  }
});
