import { randomUUID } from 'node:crypto';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { type AuthApp, PASSWORD, serveAuth } from '../../testing/serve-auth';

const ROUNDS = 100;

let servers: { stop(): Promise<unknown> }[] = [];
let app: AuthApp;

beforeAll(async () => {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  servers = [redis, database];
  const keyPrefix = `test-${randomUUID()}:`;
  app = await serveAuth({ redisUrl: redis.url, databaseUrl: database.url, keyPrefix });
}, 60_000);

afterAll(async () => {
  await app?.close();
  await Promise.all(servers.map((server) => server.stop()));
}, 30_000);

/** How long one attempt takes, in ms. */
async function attempt(email: string): Promise<number> {
  const started = performance.now();
  const { status } = await app.call('POST', 'login', { body: { email, password: 'not the password' } });
  const took = performance.now() - started;
  expect(status).toBe(401);
  return took;
}

/**
 * Of how many pairs the one took longer than the other, 0 to 1: 0.5 when nobody can tell them apart (the common language
 * effect size of Mann and Whitney's test, McGraw and Wong 1992).
 */
function oftenLonger(some: readonly number[], others: readonly number[]): number {
  const longer = some.flatMap((one) =>
    others.map((other) => (one > other ? 1 : one === other ? 0.5 : 0) as number),
  );
  return longer.reduce((sum, one) => sum + one, 0) / longer.length;
}

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;

it('known and unknown e-mails cannot be told apart by how long a refusal takes', async () => {
  const known = `${randomUUID()}@example.com`;
  await app.call('POST', 'register', { body: { email: known, password: PASSWORD } });
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  for (let round = -5; round < ROUNDS; round++) {
    // In turn, and in both orders: what the machine does besides happens to both.
    for (const kind of round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const took = await attempt(kind === 'known' ? known : `${randomUUID()}@example.com`);
      if (round >= 0) times[kind].push(took);
    }
  }
  const share = oftenLonger(times.known, times.unknown);
  process.stdout.write(
    `refused: known ${median(times.known).toFixed(1)} ms, unknown ${median(times.unknown).toFixed(1)} ms (medians of ` +
      `${ROUNDS}); a known one took longer in ${(share * 100).toFixed(1)} % of pairs\n`,
  );
  // Without the decoy it is 100 %. By chance, 100 against 100 that are alike lie within 50 ± 16 % (four sigma).
  expect(Math.abs(share - 0.5)).toBeLessThan(0.4);
}, 600_000);
