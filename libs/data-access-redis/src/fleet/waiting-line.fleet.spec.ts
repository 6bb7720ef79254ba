import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import type { RedisLock } from '../index';
import { TURN_MS } from '../lib/lease/lease-scripts';
import { FleetProcess } from '../testing/fleet/fleet-process';
import type { LineOrders, Turn } from '../testing/fencing/line-commands';
import { closeRedisApps, redisApp, until } from '../testing/redis-test-app';
import type { RedisTestApp } from '../testing/redis-test-app';

const PROCESSES = 10;
const EACH = 100;
const ORDERS: LineOrders = { resource: 'a', count: 1, ttl: 2_000, wait: 120_000, holdMs: 1 };
/** Until those in line find out that nobody answers: those who were far behind when they last looked look so often. */
const LOOK_MS = 5_000;

/** A process, and what the ids of those begin with who wait in it. */
interface Member {
  process: FleetProcess;
  mark: string;
}

describe('a thousand who wait for one lock, in 10 processes', () => {
  let redis: RedisProcess;
  let app: RedisTestApp;
  let members: Member[];
  let held: RedisLock;

  const line = async () =>
    (await redis.cli('ZRANGE', `${app.prefix}lock:{a}:queue`, '0', '-1')).split('\n').filter(Boolean);
  const inLine = (count: number) =>
    until(`${count} stand in line`, async () => (await line()).length === count);

  beforeEach(async () => {
    redis = await startRedis();
    app = await redisApp(redis.url, { keyPrefix: `fleet-${randomUUID()}:` });
    held = await app.locks.acquire('a', { ttl: 60_000 });
    const start = () =>
      FleetProcess.start({
        redisUrl: redis.url,
        keyPrefix: app.prefix,
        main: join(__dirname, '../testing/fencing/holder-main.ts'),
      });
    const processes = await Promise.all(Array.from({ length: PROCESSES }, start));
    members = [];
    for (const process of processes) {
      await process.call('standInLine', ORDERS);
      await inLine(members.length + 1);
      const [mark = ''] = /^[^/]*\//.exec((await line()).at(-1) ?? '') ?? [];
      members.push({ process, mark });
    }
    await Promise.all(
      processes.map((process) => process.call('standInLine', { ...ORDERS, count: EACH - 1 })),
    );
    await inLine(PROCESSES * EACH);
  }, 120_000);

  afterEach(async () => {
    await Promise.all(members.map(({ process }) => process.kill()));
    await closeRedisApps();
    await redis.stop();
  });

  const kill = (some: readonly Member[]) => Promise.all(some.map(({ process }) => process.kill()));

  /** Whose turn it was, as `<mark><how-manieth of its process>`, by the order of the tokens. */
  async function turnsOf(some: readonly Member[]): Promise<(Turn & { who: string })[]> {
    const each = await Promise.all(
      some.map(async ({ process, mark }) => {
        const turns = await process.call<Turn[]>('turns');
        return turns.map((turn, i) => ({ ...turn, who: `${mark}${i}` }));
      }),
    );
    return each.flat().sort((a, b) => a.token - b.token);
  }

  /** The same of those who stand in line; ids of one process are in the order in which they came. */
  function places(ids: readonly string[], some: readonly Member[]): string[] {
    const seen = new Map<string, number>();
    const all = ids.map((id) => {
      const mark = id.slice(0, id.indexOf('/') + 1);
      const place = seen.get(mark) ?? 0;
      seen.set(mark, place + 1);
      return { mark, who: `${mark}${place}` };
    });
    return all.filter(({ mark }) => some.some((member) => member.mark === mark)).map(({ who }) => who);
  }

  function oneAtATime(turns: readonly Turn[]): void {
    turns.slice(1).forEach((turn, i) => expect(turn.from).toBeGreaterThan((turns[i] as Turn).until));
  }

  /**
   * Nobody waited for more than one who was not there. However fast the machine is, such a wait is told from the steps
   * of the line by its length.
   */
  function oneWaitedFor(turns: readonly Turn[]): void {
    const pauses = turns.slice(1).map((turn, i) => turn.from - (turns[i] as Turn).until);
    const waited = pauses.filter((ms) => ms > TURN_MS / 2).reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeLessThan(TURN_MS + LOOK_MS);
  }

  async function onlyKeysThatExpire(): Promise<void> {
    const keys = (await redis.cli('--scan')).split('\n').filter(Boolean);
    expect(keys).toEqual([`${app.prefix}lock:{a}`]);
    for (const key of keys) expect(Number(await redis.cli('PTTL', key))).toBeGreaterThan(0);
  }

  it('are served in order of arrival, when half of the processes are killed while they wait', async () => {
    const [atOnce, later, living] = [members.slice(0, 3), members.slice(3, 5), members.slice(5)];
    const arrived = await line();
    await kill(atOnce);
    await held.release();
    await until('the line moves', async () => (await line()).length < 600);
    await kill(later);
    const turns = await turnsOf(living);
    expect(turns.map(({ who }) => who)).toEqual(places(arrived, living));
    oneAtATime(turns);
    oneWaitedFor(turns); // one of the killed may have had the lock, or its turn
    await onlyKeysThatExpire();
  }, 120_000);

  it('wait for one turn, not for a hundred, when one process stands still, and it is served when it goes on', async () => {
    const [still, others] = [members.slice(4, 5), members.filter((_, i) => i !== 4)];
    const arrived = await line();
    still[0]?.process.freeze();
    await held.release();
    const turns = await turnsOf(others);
    expect(turns.map(({ who }) => who)).toEqual(places(arrived, others));
    oneWaitedFor(turns);
    still[0]?.process.thaw();
    expect(await turnsOf(still)).toHaveLength(EACH);
    await onlyKeysThatExpire();
  }, 120_000);
});
