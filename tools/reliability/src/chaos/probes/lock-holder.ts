import { setTimeout as pause } from 'node:timers/promises';
import type { RedisLock } from '@sluice/data-access-redis';
import { now } from '../matrix';
import { every, timed } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { LEASE_MS } from './lease-times';
import type { Member } from './member';

const EVERY_MS = 50;
const OTHER_EVERY_MS = 150;

/**
 * Somebody holds a lock for ever, and another process tries to get it all the time. Each writes with its token to a
 * register that refuses a lower one than it has seen.
 */
export async function holdLock(reporter: Reporter, one: Member, two: Member): Promise<void> {
  const held: { lock?: RedisLock; since: number } = { since: 0 };
  let lastToken = 0;

  const take = async ({ locks, name }: Member): Promise<RedisLock | undefined> => {
    const { ms, value: lock, error } = await timed(() => locks.tryAcquire('chaos-held', { ttl: LEASE_MS }));
    const overlaps = lock && held.lock?.isHeld;
    const goesBack = lock && lock.fencingToken <= lastToken;
    if (lock) lastToken = Math.max(lastToken, lock.fencingToken);
    reporter.say('lock holder', {
      ms,
      outcome: lock ? `taken by ${name}` : (error?.code ?? error?.name ?? 'refused: held'),
      usual: !error,
      ...(overlaps && { shared: `${name} was given a lock that was held` }),
      ...(goesBack && { wrong: `the token went back from ${lastToken} to ${lock.fencingToken}` }),
    });
    return lock ?? undefined;
  };
  const hold = async (member: Member): Promise<void> => {
    const lock = await take(member);
    if (!lock) return;
    const since = now();
    Object.assign(held, { lock, since });
    lock.signal.addEventListener('abort', () => {
      // At the end its module is closed while it holds the lock.
      if (reporter.stopping) return;
      reporter.say('lock holder', { ms: 0, outcome: 'told that it is lost', usual: false, lostAt: now() });
    });
  };

  await Promise.all([
    every(EVERY_MS, reporter, async () => {
      if (!held.lock?.isHeld) return hold(one);
      reporter.say('lock holder', { ms: 0, outcome: 'held', usual: true });
      await writeFenced(reporter, one, held.lock.fencingToken);
    }),
    pause(EVERY_MS).then(() => every(OTHER_EVERY_MS, reporter, () => hold(two))),
  ]);
  await held.lock?.release();
}

let highest = 0;

async function writeFenced(reporter: Reporter, { redis }: Member, fencingToken: number): Promise<void> {
  const before = highest;
  const { value: accepted } = await timed(() =>
    redis.setFenced('job:chaos-register', String(fencingToken), { ttl: 600_000, fencingToken }),
  );
  if (!accepted) return;
  if (fencingToken < before) {
    const wrong = `a write with token ${fencingToken} was accepted after one with ${before}`;
    reporter.say('lock holder', { ms: 0, outcome: 'stale write', usual: false, stale: wrong });
  }
  highest = Math.max(highest, fencingToken);
}
