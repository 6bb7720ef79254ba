import { randomUUID } from 'node:crypto';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import { ageKey } from '../../testing/age-key';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { pollUntil } from '../../testing/poll-until';
import type { Queries } from '../connection/database';
import { idempotencyKeys as table } from '../schema/idempotency-keys';
import { UserRepository } from '../users/user.repository';
import { claim as claimWith } from './claim';
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
  ({ id: userId } = await app.get(UserRepository).create({ email: 'ada@example.com', passwordHash: 'h' }));
});

beforeEach(() => {
  key = randomUUID();
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const ask = (requestHash = 'a') => keys.claim({ userId, key, requestHash });

function claimIn(result: ClaimResult): IdempotencyClaim {
  if (result.outcome !== 'claimed') throw new Error(`It is ${result.outcome}.`);
  return result.claim;
}

const take = async () => claimIn(await ask());
const age = (milliseconds: number) => ageKey(app.database, key, milliseconds);

const answer = { status: 202, body: { id: 'i', status: 'queued' } };
const inProgress = { outcome: 'in-progress' };
const otherRequest = { outcome: 'other-request' };
const done = { outcome: 'done', answer };

describe('of many at once', () => {
  const together = (hashes: string[]) => Promise.all(hashes.map((hash) => ask(hash)));
  const outcomes = (results: ClaimResult[]) => results.map(({ outcome }) => outcome).sort();
  const others = (outcome: string) => Array<string>(11).fill(outcome);

  it('exactly one claims a new key, a forsaken one, an expired one', async () => {
    for (let round = 0; round < 15; round++) {
      key = randomUUID();
      const first = await together(Array<string>(12).fill('a'));
      expect(outcomes(first)).toEqual(['claimed', ...others('in-progress')]);
      await age(31 * SECOND);
      const second = await together(Array<string>(12).fill('a'));
      expect(outcomes(second)).toEqual(['claimed', ...others('in-progress')]);
      const [current] = second.filter(({ outcome }) => outcome === 'claimed').map(claimIn);
      expect(current).toMatchObject({ attempt: 2 });
      await keys.complete(current as IdempotencyClaim, answer);
      await age(25 * HOUR);
      const third = await together(Array<string>(12).fill('b'));
      expect(outcomes(third)).toEqual(['claimed', ...others('in-progress')]);
    }
  });

  it('with two bodies, one claims it, those with the same body wait, and the others are refused', async () => {
    for (let round = 0; round < 15; round++) {
      key = randomUUID();
      const results = await together(Array.from({ length: 12 }, (_, n) => (n % 2 ? 'a' : 'b')));
      expect(outcomes(results)).toEqual([
        'claimed',
        ...Array<string>(5).fill('in-progress'),
        ...Array<string>(6).fill('other-request'),
      ]);
      const winner = results.findIndex(({ outcome }) => outcome === 'claimed');
      expect(
        results.every(({ outcome }, n) => (outcome === 'other-request') === (n % 2 !== winner % 2)),
      ).toBe(true);
    }
  });
});

describe('what waits for another transaction goes by what that has left:', () => {
  /** Runs `first` in a transaction, and commits it when what `second` has begun waits for it. */
  async function behind<T>(
    first: (queries: Queries) => Promise<unknown>,
    second: () => Promise<T>,
  ): Promise<T> {
    let waiting: Promise<T> | undefined;
    await app.database.transaction(async (queries) => {
      await first(queries);
      waiting = second();
      await pollUntil(async () => {
        const { rowCount } = await queries.execute(
          sql`select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`,
        );
        return rowCount === 1;
      });
    });
    return waiting as Promise<T>;
  }

  const claimIt = (queries: Queries) => claimWith(queries, { userId, key, requestHash: 'a' });

  it('a claim behind a claim', async () => {
    expect(await behind(claimIt, ask)).toEqual(inProgress);
    key = randomUUID();
    expect(await behind(claimIt, () => ask('b'))).toEqual(otherRequest);
  });

  it('a take-over behind a take-over, and behind a completion', async () => {
    await take();
    await age(31 * SECOND);
    expect(await behind(claimIt, ask)).toEqual(inProgress);
    await age(31 * SECOND);
    const complete = (queries: Queries) =>
      queries
        .update(table)
        .set({ answerStatus: answer.status, answerBody: answer.body })
        .where(eq(table.key, key));
    expect(await behind(complete, ask)).toEqual(done);
  });

  it('a completion and an abandonment behind a take-over', async () => {
    const old = await take();
    await age(31 * SECOND);
    expect(await behind(claimIt, () => keys.complete(old, answer))).toBe(false);
    await age(31 * SECOND);
    expect(await behind(claimIt, () => keys.abandon({ ...old, attempt: 2 }))).toBe(false);
    expect(await ask()).toEqual(inProgress);
  });

  it('a claim behind an abandonment', async () => {
    await take();
    await age(31 * SECOND);
    const abandon = (queries: Queries) => queries.delete(table).where(eq(table.key, key));
    expect(await behind(abandon, ask)).toMatchObject({ outcome: 'claimed', claim: { attempt: 1 } });
  });
});
