import { startSentinel } from '@sluice/testing-servers';
import type { RedisProcess, RedisSentinel } from '@sluice/testing-servers';
import type { RedisError } from '../../../index';
import { isNear } from '../../../testing/proxied-app';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { stopTraffic, traffic } from '../../../testing/traffic';

jest.setTimeout(180_000);

/** Until the sentinels have agreed; two of them that stand for the fail-over at once begin anew after seconds. */
const FAILOVER_WITHIN_MS = 60_000;
/** After that, what is promised. */
const RECOVERY_WITHIN_MS = 5_000;
/** One deadline of a command, and what a busy machine adds. */
const BOUND_MS = 500 + 10_000;
const WHILE_THERE_IS_NO_MASTER = new Set(['REDIS_UNAVAILABLE', 'REDIS_TIMEOUT', 'REDIS_BUSY']);

interface Thing {
  n: number;
}

describe('a master is lost', () => {
  let sentinel: RedisSentinel;
  let here: RedisTestApp;
  let there: RedisTestApp;

  beforeEach(async () => {
    sentinel = await startSentinel({ proxied: true, replicas: 1 });
    here = await redisApp(sentinel);
    there = await redisApp(sentinel, { keyPrefix: here.prefix });
  });
  afterEach(async () => {
    await stopTraffic();
    await closeRedisApps();
    await sentinel.stop();
  });

  const proxyOf = (server: RedisProcess) => {
    const proxy = sentinel.proxies[sentinel.servers.indexOf(server)];
    if (!proxy) throw new Error('it has none');
    return proxy;
  };

  /** From now on the replica is told nothing of what the master is asked, and nobody notices. */
  async function cutReplication(master: RedisProcess): Promise<void> {
    const replication = await proxyOf(master).connection(({ sent }) => sent.includes('PSYNC'));
    replication.drop('toClient');
  }

  /** Two processes stand for it; collects the terms, and where two lead at once under one. */
  function elections() {
    const terms: number[] = [];
    const joined = [here, there].map((app) =>
      app.elections.join('a', {
        ...{ leaseDuration: 2_000, renewDeadline: 1_500, retryPeriod: 400 },
        onStartedLeading: (signal, term) => {
          terms.push(term);
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
        },
      }),
    );
    return { terms, leads: () => joined.filter(({ isLeader }) => isLeader).length };
  }

  const increasing = (numbers: readonly number[]) =>
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));

  it.each<
    [string, (master: RedisProcess) => Promise<void> | void, (master: RedisProcess) => Promise<void> | void]
  >([
    ['killed', (master) => master.kill(), (master) => master.restart()],
    ['frozen', (master) => master.freeze(), (master) => master.thaw()],
    [
      'cut off from everybody, and goes on believing that it is the master',
      (master) => proxyOf(master).drop(),
      (master) => proxyOf(master).heal(),
    ],
  ])(
    '(%s): errors are bounded and end with the next master; fences and terms grow though it had not heard the last',
    async (_, take, bring) => {
      const master = await sentinel.master();
      const near = here.redis.cache<Thing>('thing', { ttl: 60_000, near: {} });
      const theirs = there.redis.cache<Thing>('thing', { ttl: 60_000, near: {} });
      await theirs.set('1', { n: 1 });
      await until('it is kept', () => isNear(near, '1') || near.get('1').then(() => false), 30_000);
      const heard: string[] = [];
      await there.client.subscribe('news', (message) => heard.push(message));
      const first = await here.locks.acquire('a', { ttl: 60_000 });
      await first.release();

      await cutReplication(master);
      const { terms, leads } = elections();
      await until('one leads', () => leads() === 1, 30_000);
      const forgotten = await here.locks.acquire('a', { ttl: 60_000 });
      const late = { ttl: 60_000, fencingToken: forgotten.fencingToken };
      expect(await here.client.setFenced('job:fenced', 'by the first', late)).toBe(true);

      const fence = `${here.prefix}fence:{${here.prefix}job:fenced}`;
      const replica = sentinel.servers.find((server) => server !== master);
      expect(await replica?.cli('GET', fence)).toBe('');

      await take(master);
      const counts = traffic(() => here.client.increment('job:count', { ttl: 60_000 }));
      const reads = traffic(() => near.getOrSet('2', () => Promise.resolve({ n: 2 })));
      await until(
        'there is another master',
        async () => (await sentinel.master().catch(() => master)) !== master,
        FAILOVER_WITHIN_MS,
      );
      const { done } = counts.so;
      await until('it serves', () => counts.so.done > done, RECOVERY_WITHIN_MS);
      const { errors, slowest } = await counts.stop();
      expect(errors.size).toBeGreaterThan(0);
      for (const code of errors.keys()) expect(WHILE_THERE_IS_NO_MASTER).toContain(code);
      expect(slowest).toBeLessThan(BOUND_MS);
      expect([...(await reads.stop()).errors]).toEqual([]);

      // What the old master acknowledged is forgotten, but not what it counted with, nor who wrote last.
      const stale = { ttl: 60_000, fencingToken: first.fencingToken };
      await until(
        'the fence is raised again',
        async () => (await (await sentinel.master()).cli('GET', fence)) === String(forgotten.fencingToken),
        RECOVERY_WITHIN_MS,
      );
      expect(await there.client.setFenced('job:fenced', 'by the one before', stale)).toBe(false);
      const next = await there.locks.acquire('a', { ttl: 60_000, wait: 60_000 });
      expect(next.fencingToken).toBeGreaterThan(forgotten.fencingToken);
      const fenced = { ttl: 60_000, fencingToken: next.fencingToken };
      expect(await there.client.setFenced('job:fenced', 'by the next', fenced)).toBe(true);
      expect(await here.client.setFenced('job:fenced', 'too late', late)).toBe(false);
      await until('one leads', () => leads() === 1, 40_000);
      increasing(terms);

      await until(
        'they hear one another',
        async () => {
          await here.client.publish('news', 'again');
          return heard.includes('again');
        },
        30_000,
      );
      await theirs.set('1', { n: 2 });
      await until('it is new', async () => (await near.get('1'))?.n === 2, 30_000);
      await bring(master);
      await sentinel.settled();
      expect(await master.cli('ROLE')).toMatch(/^slave/);
      await theirs.set('1', { n: 3 });
      await until('it is newer', async () => (await near.get('1'))?.n === 3, 30_000);
      expect(here.redis.state.status).toBe('ready');
      increasing(terms);
    },
  );

  it('(replaced as planned): it still answers what it was asked', async () => {
    const patient = await redisApp(sentinel, { commandTimeoutMs: 60_000, clientName: 'patient' });
    const before = await sentinel.master();
    const link = await proxyOf(before).connection(({ sent }) => sent.includes('patient:cmd:'));
    link.hold('toClient');
    const asked = patient.client.get('job:x');
    await link.waitForHeld('toClient', 1, 30_000);
    const next = await sentinel.failover();
    const { port } = proxyOf(next);
    await until('another is used', () => patient.redis.state.server.port === port, 30_000);
    await patient.client.ping();
    link.release();
    expect(await asked).toBeNull();
  });

  it('(left without its replica, and set to need one): writes are refused, reads go on', async () => {
    const master = await sentinel.master();
    await master.cli('CONFIG', 'SET', 'min-replicas-to-write', '1', 'min-replicas-max-lag', '1');
    await here.client.set('job:x', '1', { ttl: 600_000 });
    await Promise.all(sentinel.servers.map((server) => (server === master ? undefined : server.kill())));
    const write = () =>
      here.client.set('job:x', '2', { ttl: 600_000 }).then(
        () => 'written',
        ({ code, reason }: RedisError) => `${code} ${reason}`,
      );
    await until('it refuses', async () => (await write()) === 'REDIS_BUSY NOREPLICAS', 30_000);
    for (let i = 0; i < 10; i++) {
      expect(await write()).toBe('REDIS_BUSY NOREPLICAS');
      expect(await here.client.get('job:x')).toMatch(/^[12]$/);
    }
  });

  it('(made a replica behind the back of the sentinels): what it refuses is sent to the next master, once', async () => {
    const patient = await redisApp(sentinel, { commandTimeoutMs: 60_000, keyPrefix: here.prefix });
    const master = await sentinel.master();
    const [other] = sentinel.servers.filter((server) => server !== master);
    if (!other) throw new Error('there is no other');
    expect(await patient.client.increment('job:count', { ttl: 600_000 })).toBe(1);
    await until(
      'it has it',
      async () => (await other.cli('EXISTS', `${here.prefix}job:count`)) === '1',
      30_000,
    );
    await master.cli('REPLICAOF', '127.0.0.1', String(proxyOf(other).port));
    expect(await patient.client.increment('job:count', { ttl: 600_000 })).toBe(2);
    expect(await sentinel.master()).toBe(other);
    expect(patient.redis.state.server.port).toBe(proxyOf(other).port);
  });
});
