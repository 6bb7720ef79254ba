import { LockLostError } from '../../index';
import { FaultyLocks, refusal, told } from '../../testing/faulty-locks';
import { until } from '../../testing/redis-test-app';

// Each test is a row of the table of faults in docs/guides/coordination.md: what becomes of Redis, what the holder of a
// lock is told, and what becomes of those who wait for one.

/** A tenth of it, 300 ms, is left when the holder is told. */
const TTL_MS = 3_000;
/** The longest that one command is waited for, and as much again. */
const DECISION_MS = 1_000;
const WAIT_MS = 2_000;
/** Renewed only after minutes: what happens before happened for another reason. */
const LONG_MS = 600_000;

interface Fault {
  begin: () => Promise<unknown>;
  end: () => Promise<unknown>;
  /** What the server says to a write while it lasts. */
  proof?: RegExp;
  /** What callers are told while it lasts. */
  codes: string[];
}

const bench = new FaultyLocks();

const faults: Record<string, Fault> = {
  'Redis is frozen': {
    begin: async () => bench.server.freeze(),
    end: async () => bench.server.thaw(),
    codes: ['REDIS_TIMEOUT', 'REDIS_UNAVAILABLE'],
  },
  'Redis is dead': {
    begin: () => bench.server.kill(),
    end: () => bench.server.restart(),
    codes: ['REDIS_UNAVAILABLE'],
  },
  'Redis became a replica': {
    begin: () => bench.server.cli('REPLICAOF', '127.0.0.1', '1'),
    end: () => bench.server.cli('REPLICAOF', 'NO', 'ONE'),
    proof: /READONLY/,
    codes: ['REDIS_BUSY', 'REDIS_UNAVAILABLE'],
  },
};

it.each(Object.entries(faults))(
  '%s: the holder is told before the lock ends; who waits is told at the end of the wait, or gets in when Redis is back',
  async (_, { begin, end, proof, codes }) => {
    const { here, there, third, server } = bench;
    const lock = await here.locks.acquire('held', { ttl: TTL_MS });
    const elsewhere = await there.locks.acquire('awaited', { ttl: TTL_MS });
    const waiting: Promise<{ isHeld: boolean; fencingToken: number; release(): Promise<boolean> }>[] = [];
    for (const { locks } of [here, third]) {
      waiting.push(locks.acquire('awaited', { ttl: TTL_MS, wait: 60_000 }));
      await bench.inLine('awaited', waiting.length);
    }
    const impatient = refusal(here.locks.acquire('awaited', { ttl: TTL_MS, wait: WAIT_MS }));
    await bench.inLine('awaited', 3);
    const losses = Promise.all([told(lock), told(elsewhere)]);
    // Neither is renewed again within the next second.
    await Promise.all([lock.extend(TTL_MS), elsewhere.extend(TTL_MS)]);
    const ends = await Promise.all([bench.end('held'), bench.end('awaited')]);

    await begin();
    if (proof) expect(await server.cli('SET', 'x', 'x').catch(String)).toMatch(proof);
    const newcomer = await refusal(here.locks.acquire('another'));
    expect(codes).toContain(newcomer.code);
    expect(newcomer.ms).toBeLessThan(DECISION_MS);
    const late = await impatient;
    expect(codes).toContain(late.code);
    expect(late.ms).toBeLessThan(WAIT_MS + DECISION_MS);

    const [toldHere, toldThere] = await losses;
    expect(toldHere).toBeLessThan(ends[0] as number);
    expect(toldThere).toBeLessThan(ends[1] as number);
    expect(lock.isHeld).toBe(false);
    expect(lock.signal.reason).toBeInstanceOf(LockLostError);
    expect(await lock.release()).toBe(false);

    await end();
    const next = await Promise.race(waiting);
    expect(next.isHeld).toBe(true);
    expect(next.fencingToken).toBeGreaterThan(elsewhere.fencingToken);
    await next.release();
    const both = await Promise.all(waiting);
    expect(both.filter(({ isHeld }) => isHeld)).toHaveLength(1);
    await until('the other is connected as well', () => there.client.state.ready);
    const again = await there.locks.acquire('held', { wait: 5_000 });
    expect(again.fencingToken).toBeGreaterThan(lock.fencingToken);
  },
);

it.each<[string, number, () => Promise<unknown>]>([
  [
    'Redis was restarted empty: the holder is told when the connection is back',
    LONG_MS,
    () => bench.server.restart(),
  ],
  [
    'Redis was emptied by FLUSHALL: the holder is told at the next renewal',
    TTL_MS,
    () => bench.server.cli('FLUSHALL'),
  ],
])('%s, and others may have the lock before, by a higher token; who waits gets in', async (_, ttl, begin) => {
  const { here, there, third } = bench;
  const lock = await here.locks.acquire('held', { ttl });
  const elsewhere = await there.locks.acquire('awaited', { ttl });
  const waiting = third.locks.acquire('awaited', { wait: 60_000 });
  await bench.inLine('awaited', 1);
  await lock.extend(ttl);
  const end = await bench.end('held');
  const losses = Promise.all([told(lock), told(elsewhere)]);

  await begin();
  const taken = () => there.locks.tryAcquire('held').catch(() => null);
  await until('another has it', async () => (await taken()) !== null);
  const [holder] = (await bench.look('held')).holders;
  expect(holder?.token).toBeGreaterThan(lock.fencingToken);
  const [toldHere] = await losses;
  expect(toldHere).toBeLessThan(end);
  expect(await lock.release()).toBe(false);
  expect(await here.locks.tryAcquire('held')).toBeNull();
  const next = await waiting;
  expect(next.isHeld).toBe(true);
  expect(next.fencingToken).toBeGreaterThan(elsewhere.fencingToken);
});

it('Redis is full: the lock is kept, and can be given back; who stands in line gets in; who comes new is refused', async () => {
  const { here, there, server } = bench;
  const lock = await here.locks.acquire('a', { ttl: 900 });
  await (await here.locks.acquire('free')).release();
  const waiting = there.locks.acquire('a', { ttl: 900, wait: 60_000 });
  await bench.inLine('a', 1);
  await server.cli('CONFIG', 'SET', 'maxmemory', '1');
  await expect(server.cli('SET', 'x', 'x')).rejects.toThrow('OOM');
  await bench.renewals('a', 3);
  expect((await refusal(here.locks.acquire('free'))).code).toBe('REDIS_CAPACITY');
  expect((await refusal(here.locks.acquire('free', { wait: 60_000 }))).code).toBe('REDIS_CAPACITY');
  expect(await lock.release()).toBe(true);
  const next = await waiting;
  await bench.renewals('a', 3);
  expect(next.isHeld).toBe(true);
  expect(await next.release()).toBe(true);
});

it('Redis has forgotten its scripts: the lock is kept; who waits gets in', async () => {
  const { here, there, server } = bench;
  const lock = await here.locks.acquire('a', { ttl: 900 });
  const waiting = there.locks.acquire('a', { wait: 60_000 });
  await bench.inLine('a', 1);
  await server.cli('SCRIPT', 'FLUSH');
  await bench.renewals('a', 4);
  expect(lock.isHeld).toBe(true);
  await server.cli('SCRIPT', 'FLUSH');
  expect(await lock.release()).toBe(true);
  expect((await waiting).isHeld).toBe(true);
});
