import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { DatabaseModule, SessionRepository, UserRepository } from '@sluice/data-access-database';
import { RedisLeaderElectionService, RedisModule } from '@sluice/data-access-redis';
import { LeaderScheduleModule } from '@sluice/data-access-redis/schedule';
import {
  executeSql,
  provideDatabase,
  type ProvidedDatabase,
  provideRedis,
  type ProvidedRedis,
} from '@sluice/testing-servers';
import { HttpModule } from '@sluice/util-http';
import { AuthModule } from '../auth.module';
import { SessionRetention } from './session-retention';

const DAY_MS = 86_400_000;

let redis: ProvidedRedis;
let database: ProvidedDatabase;
let app: TestingModule;
let sessions: SessionRepository;
let retention: SessionRetention;
let userId: string;

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  app = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: redis.url, keyPrefix: `test-${randomUUID()}:` }),
      LeaderScheduleModule.forRoot(),
      DatabaseModule.forRoot({ url: database.url }),
      HttpModule.forRoot({ secret: 'a secret that all instances share' }),
      AuthModule,
    ],
  }).compile();
  app.useLogger(false);
  await app.init();
  sessions = app.get(SessionRepository);
  retention = app.get(SessionRetention);
  const user = { email: `${randomUUID()}@example.com`, passwordHash: 'none' };
  ({ id: userId } = await app.get(UserRepository).create(user));
});

afterAll(async () => {
  await app?.close();
  await Promise.all([redis?.stop(), database?.stop()]);
});

async function sessionThatEnds(inMs: number): Promise<string> {
  const expiresAt = new Date(Date.now() + inMs);
  return (await sessions.create({ userId, refreshHash: randomUUID(), expiresAt })).id;
}

async function areThere(ids: readonly string[]): Promise<boolean[]> {
  return Promise.all(ids.map(async (id) => (await sessions.find(id)) !== null));
}

it('removes sessions 30 days after they ended, and no other', async () => {
  const revoked = await sessionThatEnds(DAY_MS);
  const revokedLongAgo = await sessionThatEnds(DAY_MS);
  await executeSql(
    database.url,
    `update sessions set revoked_at = now() - case id when '${revoked}' then interval '29 days' else interval '31 days' end
     where id in ('${revoked}', '${revokedLongAgo}')`,
  );
  const ids = [
    ...[await sessionThatEnds(DAY_MS), await sessionThatEnds(-29 * DAY_MS), revoked],
    ...[await sessionThatEnds(-31 * DAY_MS), revokedLongAgo],
  ];
  await retention.removeEnded(new AbortController().signal);
  expect(await areThere(ids)).toEqual([true, true, true, false, false]);
});

it('removes nothing any more when it is told to stop', async () => {
  const ids = [await sessionThatEnds(-31 * DAY_MS)];
  await retention.removeEnded(AbortSignal.abort());
  expect(await areThere(ids)).toEqual([true]);
  await retention.removeEnded(new AbortController().signal);
  expect(await areThere(ids)).toEqual([false]);
});

it('is a task of the leader', () => {
  const names = app.get(RedisLeaderElectionService).elections.map(({ name }) => name);
  expect(names).toContain('cron:session-retention');
});
