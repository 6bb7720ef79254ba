import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { FencedRegister } from '../../../testing/fencing/fenced-register';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { keySlot } from './key-slot';

jest.setTimeout(180_000);

/** Until the masters have agreed that one is dead, and on who follows. */
const FAILOVER_WITHIN_MS = 60_000;
const RECOVERY_WITHIN_MS = 20_000;

/** What the old master acknowledged last has not reached its replica, and is lost with the master. */
describe('a replica that has missed the last writes becomes the master', () => {
  let cluster: RedisCluster;
  let here: RedisTestApp;
  let there: RedisTestApp;

  beforeEach(async () => {
    cluster = await startCluster({ replicas: 1, nodeTimeoutMs: 1_000 });
    const commandTimeoutMs = 2_000; // for a busy machine
    here = await redisApp(cluster.addresses, { commandTimeoutMs });
    there = await redisApp(cluster.addresses, { commandTimeoutMs, keyPrefix: here.prefix });
  });
  afterEach(async () => {
    await closeRedisApps();
    await cluster.stop();
  });

  it.each<
    [string, (master: RedisProcess) => Promise<void> | void, (master: RedisProcess) => Promise<void> | void]
  >([
    ['killed', (master) => master.kill(), (master) => master.restart()],
    ['frozen, and goes on as if nothing had been', (master) => master.freeze(), (master) => master.thaw()],
  ])('(%s): tokens and terms grow, and no stale write is accepted', async (_, take, bring) => {
    const register = new FencedRegister(true);
    const write = (token: number, hold: string) => register.write({ resource: '{a}', token, hold });
    const master = await cluster.ownerOf(keySlot(`${here.prefix}lock:{a}`));
    const first = await here.locks.acquire('a', { ttl: 60_000 });
    await first.release();

    await cluster.stopReplication(master);
    const terms: number[] = [];
    const leading = new Map<number, number>();
    const elections = [here, there].map((app, candidate) =>
      app.elections.join('a', {
        ...{ leaseDuration: 2_000, renewDeadline: 1_500, retryPeriod: 400 },
        onStartedLeading: (signal, term) => {
          terms.push(term);
          leading.set(term, candidate);
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
        },
      }),
    );
    const leaders = () => elections.filter(({ isLeader }) => isLeader).length;
    await until('one leads', () => leaders() === 1, RECOVERY_WITHIN_MS);
    const before = await here.locks.acquire('a', { ttl: 60_000 });
    expect(before.fencingToken).toBeGreaterThan(first.fencingToken);
    expect(write(before.fencingToken, 'before')).toBe(true);
    const fenced = { ttl: 60_000, fencingToken: before.fencingToken };
    expect(await here.client.setFenced('job:{a}:fenced', 'before', fenced)).toBe(true);
    const counted = await here.client.increment('job:{a}', { ttl: 600_000 });
    expect(counted).toBe(1);

    await take(master);
    await until(
      'there is another master',
      async () => (await cluster.ownerOf(keySlot('a')).catch(() => master)) !== master,
      FAILOVER_WITHIN_MS,
    );
    for (const { client } of [here, there]) {
      const lost = () =>
        client.get('job:{a}').then(
          (count) => count === null,
          () => false,
        );
      await until('it serves, and has lost the last', lost, RECOVERY_WITHIN_MS);
    }

    const stale = { ttl: 60_000, fencingToken: first.fencingToken };
    const fence = async () => {
      const owner = await cluster.ownerOf(keySlot('a'));
      return owner.cli('GET', `${here.prefix}fence:job:{a}:fenced`);
    };
    await until(
      'the fence is raised again',
      async () => (await fence()) === String(before.fencingToken),
      RECOVERY_WITHIN_MS,
    );
    expect(await there.client.setFenced('job:{a}:fenced', 'stale', stale)).toBe(false);

    // It knows of no lock, and gives it to another; whom it was taken from is told, and is refused.
    const after = await there.locks.acquire('a', { ttl: 60_000, wait: 20_000 });
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    expect(write(after.fencingToken, 'after')).toBe(true);
    expect(write(before.fencingToken, 'before, too late')).toBe(false);
    const next = { ttl: 60_000, fencingToken: after.fencingToken };
    expect(await there.client.setFenced('job:{a}:fenced', 'after', next)).toBe(true);
    expect(await here.client.setFenced('job:{a}:fenced', 'too late', fenced)).toBe(false);
    await until('it is told', () => !before.isHeld, RECOVERY_WITHIN_MS);
    await until('one leads', () => leaders() === 1, RECOVERY_WITHIN_MS);

    await bring(master);
    await until(
      'it is a replica now',
      async () => (await master.cli('ROLE').catch(() => '')).startsWith('slave'),
      FAILOVER_WITHIN_MS,
    );
    expect(after.isHeld).toBe(true);
    expect(await after.release()).toBe(true);
    const last = await here.locks.acquire('a', { ttl: 60_000, wait: 20_000 });
    expect(last.fencingToken).toBeGreaterThan(after.fencingToken);
    await last.release();
    await until('one leads', () => leaders() === 1, RECOVERY_WITHIN_MS);
    expect(terms.length).toBeGreaterThan(1);
    expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
    expect(leading.size).toBe(terms.length);
  });
});
