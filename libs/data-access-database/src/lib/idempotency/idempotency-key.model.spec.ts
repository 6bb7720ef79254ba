import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { provideDatabase, type ProvidedDatabase, Random } from '@sluice/testing-servers';
import { ageKey } from '../../testing/age-key';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { UserRepository } from '../users/user.repository';
import type { ClaimResult, IdempotencyClaim, IdempotentAnswer } from './idempotency-key';
import { IdempotencyKeyRepository } from './idempotency-key.repository';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

let server: ProvidedDatabase;
let app: DatabaseApp;
let keys: IdempotencyKeyRepository;
let userId: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  keys = app.get(IdempotencyKeyRepository);
  ({ id: userId } = await app.get(UserRepository).create({ email: 'ada@example.com', passwordHash: 'h' }));
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

/** What a key is meant to do, without a database; times are what is left of them. */
class Model {
  row?: { claim: IdempotencyClaim; hash: string; lease: number; kept: number; answer?: IdempotentAnswer };

  /** @param given the id that was given out, for the model cannot guess a new one */
  claim(hash: string, given: string | undefined): ClaimResult {
    const { row } = this;
    const kept = row !== undefined && row.kept > 0;
    if (kept && (row.answer || row.lease > 0)) {
      if (row.hash !== hash) return { outcome: 'other-request' };
      return row.answer ? { outcome: 'done', answer: row.answer } : { outcome: 'in-progress' };
    }
    const continues = kept && row.hash === hash;
    const claim = continues
      ? { id: row.claim.id, attempt: row.claim.attempt + 1 }
      : { id: given ?? 'a new one', attempt: 1 };
    this.row = { claim, hash, lease: 30 * SECOND, kept: 24 * HOUR };
    return { outcome: 'claimed', claim };
  }

  complete(claim: IdempotencyClaim, answer: IdempotentAnswer): boolean {
    if (!this.row || !this.isOf(claim)) return false;
    this.row.answer ??= answer;
    return true;
  }

  abandon(claim: IdempotencyClaim): boolean {
    if (!this.isOf(claim) || this.row?.answer) return false;
    delete this.row;
    return true;
  }

  age(milliseconds: number): void {
    if (!this.row) return;
    this.row.lease -= milliseconds;
    this.row.kept -= milliseconds;
  }

  private isOf({ id, attempt }: IdempotencyClaim): boolean {
    return this.row?.claim.id === id && this.row.claim.attempt === attempt;
  }
}

describe('whatever is done in whatever order, a key does what its model does', () => {
  const STEPS = 40;
  /** No sum of them comes near a lease or a day, so that the time the test itself takes does not matter. */
  const WAITS = [17 * SECOND, 34 * SECOND, 7 * HOUR, 25 * HOUR];

  it.each(Array.from({ length: 40 }, (_, n) => n + 1))('seed %i', async (seed) => {
    const random = new Random(seed);
    const key = `model-${seed}`;
    const model = new Model();
    const claims: IdempotencyClaim[] = [{ id: randomUUID(), attempt: 1 }];
    // Newest ones as a rule, else an older one, or an attempt that was never made.
    const aClaim = () =>
      random.below(3)
        ? random.pick(claims.slice(-2))
        : { ...random.pick(claims), attempt: 1 + random.below(3) };

    for (let step = 0; step < STEPS; step++) {
      const action = random.pick(['claim', 'claim', 'claim', 'complete', 'abandon', 'age', 'age'] as const);
      if (action === 'claim') {
        const hash = random.pick(['a', 'a', 'b']);
        const result = await keys.claim({ userId, key, requestHash: hash });
        const given = result.outcome === 'claimed' ? result.claim : undefined;
        const isNew = given && !claims.some(({ id }) => id === given.id);
        expect(result).toEqual(model.claim(hash, isNew ? given.id : undefined));
        if (given) claims.push(given);
      } else if (action === 'complete') {
        const claim = aClaim();
        const answer = { status: 202, body: { step } };
        expect(await keys.complete(claim, answer)).toBe(model.complete(claim, answer));
      } else if (action === 'abandon') {
        const claim = aClaim();
        expect(await keys.abandon(claim)).toBe(model.abandon(claim));
      } else {
        const wait = random.pick(WAITS);
        await ageKey(app.database, key, wait);
        model.age(wait);
      }
    }
  });
});

describe('many who send the same request', () => {
  /** What the owner of a claim does. `die`: after the thing was made; `stall`: until somebody else has taken over. */
  type Fate = 'complete' | 'fail' | 'die' | 'stall';

  interface Run {
    key: string;
    fates: Fate[];
    /** What was made, by the id of the operation; making a thing that is there changes nothing. */
    made: Map<string, IdempotentAnswer>;
    /** Calls to make, those that found it made included. */
    makings: number;
    stalled: IdempotencyClaim[];
  }

  /** As a feature would do it. Resolves to what the sender is answered, or undefined when its process has died. */
  async function send(run: Run): Promise<IdempotentAnswer | undefined> {
    for (;;) {
      const result = await keys.claim({ userId, key: run.key, requestHash: 'a' });
      if (result.outcome === 'done') return result.answer;
      if (result.outcome === 'other-request') throw new Error('There is no other.');
      if (result.outcome === 'in-progress') {
        await pause(5);
        continue;
      }
      const { claim } = result;
      const fate = run.fates.shift() ?? 'complete';
      run.makings++;
      if (fate === 'fail') throw new Error((await keys.abandon(claim)) ? 'refused' : 'not ours any more');
      const answer = run.made.get(claim.id) ?? { status: 202, body: { made: randomUUID() } };
      run.made.set(claim.id, answer);
      if (fate === 'complete') {
        if (await keys.complete(claim, answer)) return answer;
      } else {
        if (fate === 'stall') run.stalled.push(claim);
        await ageKey(app.database, run.key, 31 * SECOND);
        return undefined;
      }
    }
  }

  it.each<[string, Fate[]]>([
    ['when all goes well', []],
    ['when the first is refused', ['fail']],
    ['when the first two are refused', ['fail', 'fail']],
    ['when the owner dies', ['die']],
    ['when the owner stalls', ['stall']],
    ['when one after the other is refused, dies or stalls', ['fail', 'die', 'stall', 'stall', 'die']],
  ])('get one answer, of one thing that was made, %s', async (_, fates) => {
    for (let round = 0; round < 5; round++) {
      const run: Run = { key: randomUUID(), fates: [...fates], made: new Map(), makings: 0, stalled: [] };
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => send(run)));
      const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const refusals = results.flatMap((result) =>
        result.status === 'rejected' ? [String(result.reason)] : [],
      );
      expect(refusals).toEqual(fates.filter((fate) => fate === 'fail').map(() => 'Error: refused'));
      expect(run.makings).toBe(fates.length + 1);

      const things = [...run.made.values()];
      expect(things).toHaveLength(1);
      const given = answers.filter((answer) => answer !== undefined);
      expect(given).toEqual(Array(8 - fates.length).fill(things[0]));
      for (const claim of run.stalled) {
        expect(await keys.complete(claim, { status: 202, body: 'late' })).toBe(false);
        expect(await keys.abandon(claim)).toBe(false);
      }
      expect(await keys.claim({ userId, key: run.key, requestHash: 'a' })).toEqual({
        outcome: 'done',
        answer: things[0],
      });
    }
  });
});
