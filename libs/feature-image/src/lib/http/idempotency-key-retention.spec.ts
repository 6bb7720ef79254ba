import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { DatabaseModule, IdempotencyKeyRepository, UserRepository } from '@sluice/data-access-database';
import { RedisLeaderElectionService, RedisModule } from '@sluice/data-access-redis';
import { LeaderScheduleModule } from '@sluice/data-access-redis/schedule';
import {
  executeSql,
  provideDatabase,
  type ProvidedDatabase,
  provideRedis,
  type ProvidedRedis,
} from '@sluice/testing-servers';
import { IdempotencyKeyRetention } from './idempotency-key-retention';

let redis: ProvidedRedis;
let database: ProvidedDatabase;
let app: TestingModule;
let keys: IdempotencyKeyRepository;
let retention: IdempotencyKeyRetention;
let userId: string;

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  app = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: redis.url, keyPrefix: `test-${randomUUID()}:` }),
      LeaderScheduleModule.forRoot(),
      DatabaseModule.forRoot({ url: database.url }),
    ],
    providers: [IdempotencyKeyRetention],
  }).compile();
  app.useLogger(false);
  await app.init();
  keys = app.get(IdempotencyKeyRepository);
  retention = app.get(IdempotencyKeyRetention);
  const user = { email: `${randomUUID()}@example.com`, passwordHash: 'none' };
  ({ id: userId } = await app.get(UserRepository).create(user));
});

afterAll(async () => {
  await app?.close();
  await Promise.all([redis?.stop(), database?.stop()]);
});

const request = (key: string) => ({ userId, key, requestHash: 'hash' });

/** An answered key that expired so many days ago, or will expire. */
async function keyThatExpired(daysAgo: number): Promise<string> {
  const key = randomUUID();
  const result = await keys.claim(request(key));
  if (result.outcome !== 'claimed') throw new Error(`the key is ${result.outcome}`);
  await keys.complete(result.claim, { status: 202, body: {} });
  await executeSql(
    database.url,
    `update idempotency_keys set expires_at = now() - interval '${daysAgo} days' where key = '${key}'`,
  );
  return key;
}

/** Whether their rows are still there: those that are, are made to hold again, and give their answer. */
async function areThere(all: readonly string[]): Promise<boolean[]> {
  await executeSql(database.url, "update idempotency_keys set expires_at = now() + interval '1 day'");
  return Promise.all(all.map(async (key) => (await keys.claim(request(key))).outcome === 'done'));
}

it('removes keys 30 days after they expired, and no other', async () => {
  const all = [await keyThatExpired(-1), await keyThatExpired(29), await keyThatExpired(31)];
  await retention.removeExpired(new AbortController().signal);
  expect(await areThere(all)).toEqual([true, true, false]);
});

it('removes nothing any more when it is told to stop', async () => {
  const all = [await keyThatExpired(31)];
  await retention.removeExpired(AbortSignal.abort());
  expect(await areThere(all)).toEqual([true]);
});

it('is a task of the leader', () => {
  const names = app.get(RedisLeaderElectionService).elections.map(({ name }) => name);
  expect(names).toContain('cron:idempotency-key-retention');
});
