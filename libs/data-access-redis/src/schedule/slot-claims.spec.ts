import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp } from '../testing/redis-test-app';
import type { RedisTestApp } from '../testing/redis-test-app';
import { SlotClaims } from './slot-claims';

let server: RedisProcess;
let app: RedisTestApp;
let claims: SlotClaims;
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  app = await redisApp(server.url);
  claims = new SlotClaims(app.client);
});
afterEach(closeRedisApps);
afterAll(() => server.stop());

const claim = (moment: number, term: number) => claims.claim('cron:a', moment, term);
/** A leadership that began ten seconds ago. */
const term = () => (Date.now() - 10_000) * 1_000;

it('gives each moment once, and none before one that was given', async () => {
  const began = term();
  const now = Date.now();
  expect(await claim(now - 2_000, began)).toBe('claimed');
  expect(await claim(now - 2_000, began)).toBe('past');
  expect(await claim(now - 3_000, began)).toBe('past');
  expect(await claim(now - 1_000, began)).toBe('claimed');
  const [first, second] = await Promise.all([claim(now, began), claim(now, began + 1)]);
  expect([first, second].sort()).toEqual(['claimed', 'past']);
});

it('gives none to a term that is lower than the last', async () => {
  const began = term();
  expect(await claim(Date.now() - 2_000, began + 1)).toBe('claimed');
  expect(await claim(Date.now(), began)).toBe('deposed');
  expect(await claim(Date.now(), began + 1)).toBe('claimed');
});

it('gives none from before the leadership when nothing is known, for another may have run it', async () => {
  const began = term();
  const careful = Math.floor(began / 1_000) + 2_000;
  expect(await claim(careful, began)).toBe('past');
  expect(await claim(careful + 1, began)).toBe('claimed');
  await server.cli('FLUSHALL');
  expect(await claim(Date.now() + 1_000, Date.now() * 1_000)).toBe('past');
});

it('gives none that lies ahead by more than clocks differ, or it would keep others from theirs', async () => {
  expect(await claim(Date.now() + 90_000, term())).toBe('ahead');
  expect(await claim(Date.now() + 30_000, term())).toBe('claimed');
});

it('keeps one key for a task, in the slot of its election, for a month', async () => {
  await claim(Date.now(), term());
  await claims.claim('cron:b', Date.now(), term());
  const keys = (await server.cli('--scan', '--pattern', `${app.prefix}*`)).split('\n').sort();
  expect(keys).toEqual([`${app.prefix}leader:{cron:a}:slot`, `${app.prefix}leader:{cron:b}:slot`]);
  for (const key of keys) expect(Number(await server.cli('PTTL', key))).toBeGreaterThan(31 * 86_400_000);
});

it('is not confused by what is no claim', async () => {
  await server.cli('SET', `${app.prefix}leader:{cron:a}:slot`, 'something else');
  expect(await claim(Date.now(), term())).toBe('claimed');
});

it('takes no answer but its own for a permission: one that was lost is followed by that to another question', async () => {
  const proxy = await startFaultProxy({ port: server.port });
  try {
    const { client } = await redisApp(proxy.url, { commandTimeoutMs: 20_000 });
    const lost = proxy.dropNext('toClient', (chunk) => chunk.toString().includes('claimed'));
    const claimed = new SlotClaims(client).claim('cron:c', Date.now(), term());
    const refused = expect(claimed).rejects.toMatchObject({ code: 'REDIS_PROTOCOL', outcome: 'unknown' });
    await lost;
    client.get('job:x').catch(() => undefined);
    await refused;
  } finally {
    await closeRedisApps();
    await proxy.close();
  }
});
