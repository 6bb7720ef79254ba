import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { LeaderElection } from '../../index';
import { eventually } from './contract-process';
import type { PromiseCheck } from './redis-contract';

const ttl = 10_000;
const names = Array.from({ length: 6 }, (_, i) => `resource ${i}`);

export const coordinationPromises: Record<string, PromiseCheck> = {
  'a lock has one holder, and each a higher token': async (...processes) => {
    for (const name of names) {
      let inside = 0;
      const tokens: number[] = [];
      const work = async (process: (typeof processes)[number]) =>
        process.locks.withLock(name, { ttl, wait: 10_000 }, async (_, { fencingToken }) => {
          inside += 1;
          equal(inside, 1);
          tokens.push(fencingToken);
          await process.client.ping();
          inside -= 1;
        });
      await Promise.all([...processes, ...processes].map(work));
      equal(tokens.length, 6);
      deepEqual(
        tokens,
        [...new Set(tokens)].sort((a, b) => a - b),
      );
    }
  },

  'who stands in line is woken in the order of arrival, by the release': async (here, there, third) => {
    for (const name of names) {
      const first = await here.locks.acquire(name, { ttl });
      const order: string[] = [];
      const stand = (process: typeof here, who: string) =>
        process.locks.withLock(name, { ttl, wait: 10_000 }, () => {
          order.push(who);
        });
      const waiting = [stand(there, 'there')];
      await eventually('one stands in line', () => lineOf(here, name, 1));
      waiting.push(stand(third, 'third'));
      await eventually('two stand in line', () => lineOf(here, name, 2));
      await first.release();
      await Promise.all(waiting);
      deepEqual(order, ['there', 'third']);
    }
  },

  'a hand-over does not wait for anybody to look': async (here, there) => {
    // Who is not woken looks after a second, so a line in which nobody is woken takes six.
    let waitedMs = 0;
    for (const name of names) {
      const lock = await here.locks.acquire(name, { ttl });
      const next = there.locks.acquire(name, { ttl, wait: 10_000 });
      await eventually('it stands in line', () => lineOf(here, name, 1));
      const releasedAt = performance.now();
      await lock.release();
      const woken = await next;
      waitedMs += performance.now() - releasedAt;
      await woken.release();
    }
    ok(waitedMs < 4_000, 'six hand-overs took more than 4 s');
  },

  'a lock that is taken is refused; a semaphore has as many places as it says': async (
    here,
    there,
    third,
  ) => {
    const lock = await here.locks.acquire('one', { ttl });
    await rejects(there.locks.acquire('one', { ttl }), { code: 'LOCK_NOT_ACQUIRED' });
    equal(await third.locks.tryAcquire('one', { ttl }), null);
    equal(await lock.release(), true);
    const places = await Promise.all(
      [here, there].map(({ locks }) => locks.acquire('two', { ttl, permits: 2 })),
    );
    equal(await third.locks.tryAcquire('two', { ttl, permits: 2 }), null);
    await places[0]?.release();
    ok(await third.locks.tryAcquire('two', { ttl, permits: 2 }));
  },

  'several locks are taken together, or none': async (here, there) => {
    const both = await here.locks.acquire(['a', 'b', 'c'], { ttl });
    equal(both.fencingTokens.size, 3);
    equal(await there.locks.tryAcquire(['c', 'x'], { ttl }), null);
    ok(await there.locks.tryAcquire('x', { ttl }));
    await both.release();
    ok(await there.locks.tryAcquire(['a', 'b', 'c'], { ttl }));
  },

  'an election has one leader, the next follows at once when it leaves, and terms grow': async (
    ...processes
  ) => {
    const seen: number[] = [];
    let leading = 0;
    const candidates = processes.map(({ elections }) =>
      elections.join('contract', {
        onStartedLeading: (signal, term) => {
          leading += 1;
          equal(leading, 1);
          seen.push(term);
          return new Promise<void>((resolve) =>
            signal.addEventListener('abort', () => {
              leading -= 1;
              resolve();
            }),
          );
        },
      }),
    );
    const leaderOf = (left: readonly LeaderElection[]) => left.find(({ isLeader }) => isLeader);
    let left: LeaderElection[] = candidates;
    while (left.length > 0) {
      await eventually('one leads', () => leaderOf(left) !== undefined);
      const leader = leaderOf(left) as LeaderElection;
      await eventually('the others know', () => left.every(({ term }) => term === leader.term));
      left = left.filter((candidate) => candidate !== leader);
      await leader.leave();
    }
    equal(seen.length, 3);
    deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  },
};

/** Whether so many stand in line for a lock: read by a script, as the library itself does. */
async function lineOf(
  { client }: Parameters<PromiseCheck>[0],
  name: string,
  count: number,
): Promise<boolean> {
  const line = client.defineScript({
    name: 'contract-line',
    lua: "return #redis.call('ZRANGE', KEYS[1], 0, -1)",
    parse: Number,
  });
  return (await line.run({ keys: [`lock:{${name}}:queue`] })) === count;
}
