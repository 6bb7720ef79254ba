import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import { LockLostError } from '../../index';
import { ObservedCandidate, TIMES } from '../../testing/election/observed-candidate';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';

describe('an election, when', () => {
  let server: RedisProcess;
  /** Before the leader; the follower goes past it. */
  let proxy: FaultProxy;
  let here: RedisTestApp;
  let there: RedisTestApp;
  let leader: ObservedCandidate;
  let follower: ObservedCandidate;

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startFaultProxy({ port: server.port });
    here = await redisApp(proxy.url);
    there = await redisApp(server.url, { keyPrefix: here.prefix });
    leader = new ObservedCandidate(here);
    await leader.has('started');
    follower = new ObservedCandidate(there);
    await until(
      'the follower stands in line',
      async () => (await server.cli('ZCARD', `${key()}:queue`)) === '1',
    );
    await until('the follower knows', () => follower.election.term === leader.election.term);
  });

  afterEach(async () => {
    server.thaw();
    await proxy.heal();
    await closeRedisApps();
    await proxy.close();
    await server.stop();
  });

  const key = () => `${here.prefix}leader:{e}`;
  /** When the lease runs out in Redis, by its clock, which is ours. */
  const leaseEnd = async () => Number((await server.cli('GET', key())).slice(17, 30));

  /** Somebody leads, by a higher term than all before, without anybody's help, and the other one knows. */
  async function oneLeadsAgain(): Promise<void> {
    const candidates = [leader, follower];
    const begun = () => candidates.flatMap((one) => one.all('started')).sort((a, b) => a.at - b.at);
    await until('one leads anew', () => candidates.some(({ leads }) => leads) && begun().length > 1);
    const terms = begun().map(({ term }) => term);
    expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
    await until('both know', () => leader.election.term === follower.election.term);
    for (const { happened } of candidates) {
      const known = happened.filter(({ what }) => what === 'knows').map(({ term }) => term);
      expect(known).toEqual([...new Set(known)].sort((a, b) => a - b));
    }
    neverTwoAtOnce();
  }

  /** The work of each term had ended before the next one's began. All in this process, so the order is certain. */
  function neverTwoAtOnce(): void {
    const all = [...leader.happened, ...follower.happened].sort((a, b) => a.at - b.at);
    let working: number | undefined;
    for (const { what, term } of all) {
      if (what === 'started') {
        expect(working).toBeUndefined();
        working = term;
      }
      if (what === 'ended' && working === term) working = undefined;
    }
  }

  /** The leader gave up by itself while its lease still held in Redis. */
  function gaveUpBefore(end: number): void {
    expect(leader.first('told').wall).toBeLessThan(end);
    expect(leader.first('stopped').reason).toBe('expired');
    expect(leader.leads).toBe(false);
  }

  it('Redis is frozen', async () => {
    const end = await leaseEnd();
    server.freeze();
    await leader.has('stopped');
    gaveUpBefore(end);
    await until('longer than a lease', () => Date.now() > end + TIMES.leaseDuration);
    expect([leader.leads, follower.leads, follower.terms]).toEqual([false, false, []]);
    server.thaw();
    await oneLeadsAgain();
  });

  it('the leader cannot reach Redis, and nothing says so (black hole)', async () => {
    const link = await proxy.connection();
    proxy.drop();
    await leader.has('stopped');
    gaveUpBefore(await leaseEnd());
    await follower.has('started');
    expect(follower.first('started').wall).toBeGreaterThan(leader.first('ended').wall);
    await link.waitForEnd('client');
    await proxy.heal();
    await oneLeadsAgain();
    expect([leader.leads, follower.leads]).toEqual([false, true]);
  });

  it('what the leader says arrives late (the network stalls)', async () => {
    proxy.hold();
    await leader.has('stopped');
    gaveUpBefore(await leaseEnd());
    await follower.has('started');
    // Its renewals arrive now, long after the lease is another's.
    expect(proxy.heldBytes('toServer')).toBeGreaterThan(0);
    proxy.release();
    await oneLeadsAgain();
    expect([leader.leads, follower.leads, follower.terms.length]).toEqual([false, true, 1]);
  });

  it('a follower cannot reach Redis, and nothing says so (black hole)', async () => {
    // The one behind the proxy is the follower here.
    await leader.election.leave();
    await follower.has('started');
    const behind = new ObservedCandidate(here);
    await behind.has('knows');
    proxy.drop();
    await proxy.waitForDropped('toServer');
    const longer = Date.now() + 2 * TIMES.leaseDuration;
    await until('longer than a lease', () => Date.now() > longer);
    expect([follower.leads, behind.leads]).toEqual([true, false]);
    expect(follower.terms).toHaveLength(1);
    await proxy.heal();
    await until('it is back', () => here.client.state.ready);
    await follower.election.leave();
    await behind.has('started', 1);
    expect(behind.terms[0]).toBeGreaterThan(follower.terms[0] as number);
  });

  it('Redis is killed, and comes back later', async () => {
    const end = await leaseEnd();
    await server.kill();
    await leader.has('stopped');
    gaveUpBefore(end);
    await until('longer than a lease', () => Date.now() > end);
    expect([leader.leads, follower.leads, follower.terms]).toEqual([false, false, []]);
    await server.restart();
    await oneLeadsAgain();
  });

  it('Redis restarts empty', async () => {
    const [term = 0] = leader.terms;
    await server.restart();
    const candidates = [leader, follower];
    const second = () => candidates.flatMap(({ terms }) => terms).find((other) => other > term);
    await until('somebody leads anew', () => second() !== undefined);
    // Both may work for a moment: the old one until it is back, for no longer than its deadline. Its term is the lower.
    await leader.has('ended');
    expect(leader.first('stopped').reason).toMatch(/taken|expired/);
    await until('the follower is connected', () => there.client.state.ready);
    expect(
      await there.client.setFenced('job:a', 'new', { ttl: 60_000, fencingToken: second() as number }),
    ).toBe(true);
    expect(await there.client.setFenced('job:a', 'old', { ttl: 60_000, fencingToken: term })).toBe(false);
    await until('one leads', () => leader.leads !== follower.leads);
    await until('both know', () => leader.election.term === follower.election.term);
    expect(leader.election.term).toBeGreaterThan(term);
  });

  it('Redis is read-only', async () => {
    const end = await leaseEnd();
    await server.cli('REPLICAOF', '127.0.0.1', '1');
    await leader.has('stopped');
    gaveUpBefore(end + TIMES.retryPeriod);
    await until('longer than a lease', () => Date.now() > end + TIMES.leaseDuration);
    expect([leader.leads, follower.leads, follower.terms]).toEqual([false, false, []]);
    await server.cli('REPLICAOF', 'NO', 'ONE');
    await oneLeadsAgain();
  });

  it('Redis is full', async () => {
    await server.cli('CONFIG', 'SET', 'maxmemory', '1');
    expect(await server.cli('SET', 'x', 'x').catch(String)).toContain('OOM');
    const end = await leaseEnd();
    await until('renewed', async () => (await leaseEnd()) > end + TIMES.leaseDuration);
    expect([leader.leads, leader.terms.length, follower.terms]).toEqual([true, 1, []]);
    // It can also hand over.
    await leader.election.leave();
    await follower.has('started');
    await server.cli('CONFIG', 'SET', 'maxmemory', '0');
    neverTwoAtOnce();
  });

  it('the scripts are forgotten (SCRIPT FLUSH)', async () => {
    await server.cli('SCRIPT', 'FLUSH');
    const end = await leaseEnd();
    await until('renewed', async () => (await leaseEnd()) > end + TIMES.leaseDuration);
    expect(leader.terms).toHaveLength(1);
    await server.cli('SCRIPT', 'FLUSH');
    await leader.election.leave();
    await follower.has('started');
    neverTwoAtOnce();
  });

  it('the connection of the leader is cut', async () => {
    proxy.cut();
    const end = await leaseEnd();
    await until('renewed', async () => (await leaseEnd()) > end + TIMES.leaseDuration);
    expect(here.client.state.reconnects).toBeGreaterThan(0);
    expect([leader.leads, leader.terms.length, follower.terms]).toEqual([true, 1, []]);
  });

  it('the connection of a follower is cut', async () => {
    await leader.election.leave();
    await follower.has('started');
    const behind = new ObservedCandidate(here);
    await behind.has('knows');
    proxy.cut();
    await until('it is back', () => here.client.state.reconnects > 0 && here.client.state.ready);
    await until('it is in line', async () => (await server.cli('ZCARD', `${key()}:queue`)) !== '0');
    await follower.election.leave();
    // By push, at once: the subscription was renewed with the connection.
    await behind.has('started');
  });

  it('the answer to a renewal is lost', async () => {
    const lost = await proxy.dropNext('toClient', (chunk) => chunk.toString() === ':1\r\n');
    lost.connection.cut();
    const end = await leaseEnd();
    await until('renewed', async () => (await leaseEnd()) > end + TIMES.leaseDuration);
    expect([leader.leads, leader.terms.length, follower.terms]).toEqual([true, 1, []]);
  });

  it('the answer to a candidate who was elected is lost', async () => {
    const lost = proxy.dropNext('toClient', (chunk) => /\$16\r\n\d{16}\r\n/.test(chunk.toString()));
    const other = new ObservedCandidate(here, 'f', { leaseDuration: 60_000, renewDeadline: 50_000 });
    (await lost).connection.cut();
    // Far sooner than the lease, and by the same term: it asked again as whom it had been elected.
    await other.has('started');
    expect(other.terms).toHaveLength(1);
    expect((await server.cli('GET', `${here.prefix}leader:{f}`)).slice(0, 16)).toBe(String(other.terms[0]));
  });

  it('the leader speaks RESP2', async () => {
    const old = await redisApp(server.url, { keyPrefix: here.prefix, protocol: 2 });
    const third = new ObservedCandidate(old);
    await until('two in line', async () => (await server.cli('ZCARD', `${key()}:queue`)) === '2');
    await follower.election.leave();
    await leader.election.leave();
    await third.has('started');
    const fourth = new ObservedCandidate(there, 'e');
    await fourth.has('knows');
    await third.election.leave();
    await fourth.has('started');
    neverTwoAtOnce();
  });

  it('the reason is asked for: the signal of a lost leadership says it', async () => {
    let reason: unknown;
    const other = new ObservedCandidate(here, 'f', {
      onStartedLeading: (signal) => signal.addEventListener('abort', () => (reason = signal.reason)),
    });
    await until('leads', () => other.leads);
    proxy.drop();
    await other.has('stopped');
    expect(reason).toBeInstanceOf(LockLostError);
  });

  it('nothing is heard of an election for longer than a lease: a health check says so', async () => {
    const other = new ObservedCandidate(here, 'f', {
      leaseDuration: 300,
      renewDeadline: 200,
      retryPeriod: 100,
    });
    await other.has('started');
    await server.kill();
    const checked = () => {
      try {
        return here.elections.check().following;
      } catch (error) {
        return (error as Error).message;
      }
    };
    await other.has('stopped');
    expect(checked()).toContain('f');
    await until('it is noticed', () => /longer than a lease: .*f/.test(checked().toString()));
    await server.restart();
    await until('it is over', () => Array.isArray(checked()));
  });

  it('work does not stop although the leadership is lost: leaving is bounded all the same', async () => {
    const stuck = new ObservedCandidate(here, 'f', { onStartedLeading: () => new Promise(() => undefined) });
    await until('leads', () => stuck.leads);
    await server.cli('DEL', `${here.prefix}leader:{f}`);
    await stuck.has('stopped');
    await stuck.election.leave();
    expect(stuck.leads).toBe(false);
  });
});
