import type { RedisProcess } from '@sluice/testing-servers';
import { RedisError } from '../../../index';
import { useChangingCluster } from '../../../testing/changing-cluster';
import { closeRedisApps, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { traffic } from '../../../testing/traffic';

jest.setTimeout(120_000);

interface Thing {
  n: number;
}

/** Far more than the deadline of a command, for a machine may be busy, and far less than for ever. */
const BOUND_MS = 20 * 500;
const WHILE_NOBODY_SERVES = new Set(['REDIS_UNAVAILABLE', 'REDIS_TIMEOUT', 'REDIS_BUSY']);

describe('a Cluster that changes', () => {
  const changing = useChangingCluster();
  let here: RedisTestApp;
  let there: RedisTestApp;
  beforeEach(() => void ({ here, there } = changing));

  it('slots move under load: every command runs once, locks hold, nothing old is served', async () => {
    const cache = here.redis.cache<Thing>('thing', { ttl: 60_000 });
    const name = 'moving';
    const lock = `${here.prefix}lock:{${name}}`;
    const count = `${here.prefix}job:count`;
    const entry = `${here.prefix}cache:thing:1`;
    const tokens: number[] = [];
    let inside = 0;
    let overlaps = 0;
    const lockOnce = ({ locks, client }: RedisTestApp) =>
      locks.withLock(name, { ttl: 10_000, wait: 10_000 }, async (_, { fencingToken }) => {
        inside += 1;
        if (inside > 1) overlaps += 1;
        tokens.push(fencingToken);
        await client.increment('job:inside', { ttl: 60_000 }).finally(() => (inside -= 1));
      });
    const load = [
      traffic(() => here.client.increment('job:count', { ttl: 60_000 })),
      traffic(() => there.client.increment('job:count', { ttl: 60_000 })),
      traffic(() => lockOnce(here)),
      traffic(() => lockOnce(there)),
    ];
    let n = 0;
    let old = 0;
    const writes = traffic(async () => {
      n += 1;
      await cache.set('1', { n });
      const found = await cache.get('1');
      if (found !== undefined && found?.n !== n) old += 1;
    });
    for (let i = 0; i < 2; i++) for (const key of [count, lock, entry]) await changing.move(key);
    const [a, b, c, d] = await Promise.all([...load, writes].map((one) => one.stop()));
    if (!a || !b || !c || !d) throw new Error('no results');

    // Nothing happened twice or unseen.
    expect(a.unknown + b.unknown).toBe(0);
    expect(Number(await here.client.get('job:count'))).toBe(a.done + b.done);
    for (const { errors } of [a, b, c, d]) expect([...errors.keys()].join()).toMatch(/^(REDIS_BUSY)?$/);
    expect(overlaps).toBe(0);
    expect(c.done + d.done).toBeGreaterThan(10);
    expect(tokens).toEqual([...new Set(tokens)].sort((x, y) => x - y));
    expect(old).toBe(0);
  });

  /** A lock that lies at this master. */
  async function nameOfLockAt(master: RedisProcess): Promise<string> {
    for (let i = 0; ; i++) {
      if ((await changing.ownerOf(`${here.prefix}lock:{${i}}`)) === master) return String(i);
    }
  }

  it('a master hands over to its replica: no call fails, none runs twice, and the old one is let go', async () => {
    await closeRedisApps();
    // Who is sent on waits for the new master until the deadline, and a busy machine needs long for a handshake.
    await changing.begin({ commandTimeoutMs: 20_000 });
    ({ here, there } = changing);
    const key = 'job:{handed}' as const;
    const name = 'handed';
    const tokens: number[] = [];
    const first = await changing.ownerOf(`${here.prefix}${key}`);
    await first.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    for (const { redis } of [here, there])
      await until(
        'it is connected again',
        () => redis.state.reconnects > 0 && redis.state.status === 'ready',
      );
    const nameOfHeld = await nameOfLockAt(first);
    const held = await here.locks.acquire(nameOfHeld, { ttl: 60_000 });
    const waiting = there.locks.acquire(nameOfHeld, { ttl: 60_000, wait: 60_000 });
    const load = [
      traffic(() => here.client.increment(key, { ttl: 60_000 })),
      traffic(() => there.client.increment(key, { ttl: 60_000 })),
      traffic(() => here.client.getMany([key, 'job:a', 'job:b', 'job:c', 'job:d'])),
      traffic(() =>
        there.locks.withLock(name, { ttl: 10_000, wait: 10_000 }, (_, { fencingToken }) => {
          tokens.push(fencingToken);
          return Promise.resolve();
        }),
      ),
    ];
    for (let i = 0; i < 2; i++) {
      const master = await changing.ownerOf(`${here.prefix}${key}`);
      const replica = await changing.replicaOf(master);
      await changing.cluster.failover(replica);
      for (const app of [here, there]) {
        await until(
          'only the new master is used',
          async () => {
            const clients = await Promise.all([replica, master].map((node) => node.cli('CLIENT', 'LIST')));
            const [used, old] = clients.map((list) => list.match(/name=sluice:cmd/g)?.length ?? 0);
            return used === 2 && old === 0 && app.redis.state.cluster?.masters === 3;
          },
          20_000,
        );
      }
    }
    const [a, b, c, d] = await Promise.all(load.map((one) => one.stop()));
    if (!a || !b || !c || !d) throw new Error('no results');
    for (const { errors } of [a, b, c, d]) expect(Object.fromEntries(errors)).toEqual({});
    expect(Number(await here.client.get(key))).toBe(a.done + b.done);
    expect(tokens).toEqual([...new Set(tokens)].sort((x, y) => x - y));
    expect(here.redis.state.status).toBe('ready');
    expect(here.redis.state.reconnects).toBeGreaterThan(0); // though that connection is gone
    expect(await held.release()).toBe(true);
    expect((await waiting).fencingToken).toBeGreaterThan(held.fencingToken);
  });

  it.each<
    [string, (master: RedisProcess) => Promise<void> | void, (master: RedisProcess) => Promise<void> | void]
  >([
    ['killed', (master) => master.kill(), (master) => master.restart()],
    ['frozen', (master) => master.freeze(), (master) => master.thaw()],
  ])(
    'a master is %s: errors are bounded until its replica stands in, and tokens grow',
    async (_, take, bring) => {
      const lock = `${here.prefix}lock:{a}`;
      const master = await changing.ownerOf(lock);
      await changing.replicaOf(master);
      const before = await here.locks.acquire('a', { ttl: 1_000 });
      await before.release();
      const name = await nameOfLockAt(master);
      const held = await here.locks.acquire(name, { ttl: 60_000 });
      // A grant is short until its first renewal says that it was heard.
      const keptFor = () => master.cli('PTTL', `${here.prefix}lock:{${name}}`);
      await until('it is kept for long', async () => Number(await keptFor()) > 30_000);
      const waiting = there.locks.acquire(name, { ttl: 1_000, wait: 60_000 });
      const terms: number[] = [];
      const elections = [here, there].map((app) =>
        app.elections.join('a', {
          leaseDuration: 2_000,
          renewDeadline: 1_500,
          retryPeriod: 400,
          onStartedLeading: (signal, term) => {
            terms.push(term);
            return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
          },
        }),
      );
      await until('one leads', () => elections.some(({ isLeader }) => isLeader));
      const heard: string[] = [];
      await there.client.subscribe('{a}', (message) => heard.push(message));

      await take(master);
      const load = traffic(() => here.client.increment('job:{a}', { ttl: 60_000 }));
      await until(
        'the replica is the master',
        async () => (await changing.ownerOf(lock).catch(() => master)) !== master,
        30_000,
      );
      await until(
        'it is served',
        () =>
          here.client.get('job:{a}').then(
            () => true,
            () => false,
          ),
        30_000,
      );
      const { errors, slowest, done, unknown } = await load.stop();

      expect(errors.size).toBeGreaterThan(0);
      for (const code of errors.keys()) expect(WHILE_NOBODY_SERVES).toContain(code);
      expect(slowest).toBeLessThan(BOUND_MS);
      expect(Number(await here.client.get('job:{a}'))).toBeLessThanOrEqual(done + unknown);

      expect(held.isHeld).toBe(true);
      expect(await held.release()).toBe(true);
      const next = await waiting;
      expect(next.fencingToken).toBeGreaterThan(held.fencingToken);
      await next.release();
      const after = await there.locks.acquire('a', { ttl: 1_000, wait: 30_000 });
      expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
      await after.release();
      await until('one leads', () => elections.filter(({ isLeader }) => isLeader).length === 1);
      expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
      await until('they hear one another', async () => {
        await here.client.publish('{a}', 'again');
        return heard.includes('again');
      });
      await until('all masters are there', () => here.redis.state.status === 'ready');

      await bring(master);
      await until(
        'it is a replica now',
        async () => (await master.cli('ROLE').catch(() => '')).startsWith('slave'),
        30_000,
      );
      await changing.cluster.healthy();
      await here.client.increment('job:{a}', { ttl: 60_000 });
    },
  );

  it('a master and its replica are gone: bounded errors for all, and service when they are back', async () => {
    const key = 'job:{lost}' as const;
    const master = await changing.ownerOf(`${here.prefix}${key}`);
    const replica = await changing.replicaOf(master);
    await Promise.all([replica.kill(), master.kill()]);
    await until('it is noticed', () => here.redis.state.status === 'degraded');
    expect(here.redis.state.cluster).toEqual({ masters: 3, ready: 2 });

    const cache = here.redis.cache<Thing>('thing', { ttl: 60_000 });
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    const startedAt = performance.now();
    await expect(here.client.get(key)).rejects.toMatchObject({ outcome: 'not-executed' });
    await expect(here.locks.acquire('lost')).rejects.toBeInstanceOf(RedisError);
    const found = await cache.getOrSetMany(ids, (missing) =>
      Promise.resolve(new Map(missing.map((id) => [id, { n: Number(id) }]))),
    );
    expect(found.size).toBe(ids.length);
    expect(performance.now() - startedAt).toBeLessThan(3 * BOUND_MS);

    await Promise.all([master.restart(), replica.restart()]);
    await changing.cluster.healthy();
    await until(
      'it is served again',
      () =>
        here.client.get(key).then(
          () => true,
          () => false,
        ),
      10_000,
    );
    await until('all masters are there', () => here.redis.state.status === 'ready');
    expect(here.redis.state).toMatchObject({ circuit: 'closed', cluster: { masters: 3, ready: 3 } });
  });
});
