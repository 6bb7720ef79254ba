import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { LockLostError, RedisUsageError } from '../../index';
import type { LeaderElection, LeaderElectionOptions } from '../../index';
import { gate } from '../../testing/proxied-app';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';

describe('an election', () => {
  let server: RedisProcess;
  let here: RedisTestApp;
  let there: RedisTestApp;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    here = await redisApp(server.url);
    there = await redisApp(server.url, { keyPrefix: here.prefix });
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  const QUICK = { leaseDuration: 1_500, renewDeadline: 1_000, retryPeriod: 200 };
  const key = () => `${here.prefix}leader:{e}`;
  const inLine = (count: number) =>
    until(`${count} in line`, async () => Number(await server.cli('ZCARD', `${key()}:queue`)) === count);

  /** A candidate that writes down what happens to it. */
  function candidate(app: RedisTestApp, options: LeaderElectionOptions = {}) {
    const events: string[] = [];
    const terms: number[] = [];
    const signals: AbortSignal[] = [];
    const election: LeaderElection = app.elections.join('e', {
      ...QUICK,
      onStartedLeading: (signal, term) => {
        events.push('started');
        terms.push(term);
        signals.push(signal);
      },
      onStoppedLeading: (reason) => void events.push(reason),
      onNewLeader: ({ self }) => void events.push(self ? 'me' : 'another'),
      ...options,
    });
    return { election, events, terms, signals };
  }

  it('has one leader; when it leaves, the next one leads and everybody knows', async () => {
    const a = candidate(here);
    await until('a leads', () => a.election.isLeader);
    expect(await register.metrics()).toContain('redis_leader{election="e"} 1');
    const b = candidate(there);
    await inLine(1);
    await until('b knows', () => b.election.term === a.election.term);
    expect(b.election.isLeader).toBe(false);
    await a.election.leave();
    expect(a.election.isLeader).toBe(false);
    await until('b leads', () => b.election.isLeader);
    expect(b.terms[0]).toBeGreaterThan(a.terms[0] as number);
    expect(a.events).toEqual(['me', 'started', 'left']);
    expect(b.events).toEqual(['another', 'me', 'started']);
    expect(a.signals[0]?.aborted).toBe(true);
    const c = candidate(here);
    await until('c knows', () => c.election.leader?.term === b.election.term);
    expect(c.election.leader).toMatchObject({ self: false, process: expect.stringMatching(/:\d+$/) });
  });

  it('awaits the work before it hands over', async () => {
    const done = gate<void>();
    const a = candidate(here, { onStartedLeading: () => done.promise });
    await until('a leads', () => a.election.isLeader);
    const b = candidate(there);
    await inLine(1);
    const left = a.election.leave();
    expect(a.election.isLeader).toBe(false);
    // Longer than a lease: it is renewed while the work ends.
    await until('renewed', async () => {
      const end = (await server.cli('GET', key())).slice(17, 30);
      return Number(end) > Date.now() + QUICK.leaseDuration - 300;
    });
    expect([b.election.isLeader, a.events]).toEqual([false, ['me']]);
    done.open();
    await left;
    expect(a.events).toEqual(['me', 'left']);
    await until('b leads', () => b.election.isLeader);
  });

  it('lets the lease of work that does not end run out, and leaves all the same', async () => {
    const a = candidate(here, {
      leaseDuration: 300,
      renewDeadline: 200,
      retryPeriod: 50,
      onStartedLeading: () => new Promise(() => undefined),
    });
    await until('a leads', () => a.election.isLeader);
    const b = candidate(there);
    await a.election.leave();
    await until('b leads', () => b.election.isLeader);
  });

  it('stops a leader whose lease Redis does not know any more, and makes it a candidate again', async () => {
    const a = candidate(here);
    await until('a leads', () => a.election.isLeader);
    await server.cli('DEL', key());
    await until('leads again', () => a.terms.length === 2 && a.election.isLeader);
    expect(a.events).toEqual(['me', 'started', 'taken', 'me', 'started']);
    expect(a.terms[1]).toBeGreaterThan(a.terms[0] as number);
    expect(a.signals[0]?.reason).toBeInstanceOf(LockLostError);
  });

  it('ends the leadership when the work fails, and lets another try first', async () => {
    let failed = 0;
    const a = candidate(here, {
      onStartedLeading: () => {
        failed += 1;
        throw new Error('the work');
      },
    });
    await until('failed', () => failed > 0);
    const b = candidate(there);
    await until('b leads', () => b.election.isLeader);
    expect(a.events.slice(0, 2)).toEqual(['me', 'failed']);
  });

  it('looks at the clock when asked', async () => {
    const a = candidate(here, { leaseDuration: 60_000, renewDeadline: 50_000 });
    await until('a leads', () => a.election.isLeader);
    const now = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 50_000);
    try {
      expect(a.election.isLeader).toBe(false);
      await until('told', () => a.events.includes('expired'));
    } finally {
      clock.mockRestore();
    }
  });

  it('survives callbacks that throw', async () => {
    const a = candidate(here, {
      onNewLeader: () => {
        throw new Error('a callback');
      },
      onStoppedLeading: () => {
        throw new Error('a callback');
      },
    });
    await until('a leads', () => a.election.isLeader);
    await a.election.leave();
    expect(a.election.isLeader).toBe(false);
  });

  it('is left when the module is closed, and hands over at once', async () => {
    const a = candidate(here);
    await until('a leads', () => a.election.isLeader);
    const b = candidate(there);
    await inLine(1);
    await here.close();
    expect(a.events).toEqual(['me', 'started', 'left']);
    await until('b leads', () => b.election.isLeader);
    expect(() => here.elections.join('f')).toThrow('shut down');
  });

  it('renews many leaderships, and tells a health check of them', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `many-${i}`);
    const all = names.map((name) => here.elections.join(name, QUICK));
    await until('all lead', () => all.every(({ isLeader }) => isLeader));
    const terms = all.map(({ term }) => term);
    const follower = there.elections.join('many-0', QUICK);
    await until('a follower knows', () => follower.term > 0);
    const renewed = Date.now() + 2 * QUICK.leaseDuration;
    await until('longer than a lease', () => Date.now() > renewed);
    expect(all.map(({ term }) => term)).toEqual(terms);
    expect(here.elections.check()).toEqual({ leading: names, following: [] });
    expect(there.elections.check()).toEqual({ leading: [], following: ['many-0'] });
    await follower.leave();
    expect(there.elections.check()).toEqual({ leading: [], following: [] });
  });

  it.each<[string, LeaderElectionOptions]>([
    ['a deadline as long as the lease', { leaseDuration: 10_000, renewDeadline: 10_000 }],
    ['a retry as long as the deadline', { renewDeadline: 2_400, retryPeriod: 2_000 }],
    ['a lease too short', { leaseDuration: 99, renewDeadline: 50, retryPeriod: 10 }],
    ['no number', { retryPeriod: NaN }],
  ])('refuses %s', (_, options) => {
    expect(() => here.elections.join('e', options)).toThrow(RedisUsageError);
  });

  it('refuses a name that is bad or taken', () => {
    expect(() => here.elections.join('')).toThrow(RedisUsageError);
    expect(() => here.elections.join('x'.repeat(201))).toThrow(RedisUsageError);
    here.elections.join('e', QUICK);
    expect(() => here.elections.join('e', QUICK)).toThrow('already');
  });
});
