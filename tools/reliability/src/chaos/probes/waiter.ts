import { setTimeout as pause } from 'node:timers/promises';
import type { RedisLock } from '@sluice/data-access-redis';
import { timed } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { LEASE_MS, WAIT_MS } from './lease-times';
import type { Member } from './member';

const HOLDS_MS = 40;

/** Two processes stand in line for one lock all the time; who has it gives it back in a moment. */
export async function waitForLock(reporter: Reporter, one: Member, two: Member): Promise<void> {
  let holder: RedisLock | undefined;
  let lastToken = 0;

  const turn = async ({ locks, name }: Member): Promise<void> => {
    const giveUp = new AbortController();
    const ended = setInterval(() => reporter.stopping && giveUp.abort(), 50);
    const {
      ms,
      value: lock,
      error,
    } = await timed(() =>
      locks.acquire('chaos-queue', { ttl: LEASE_MS, wait: WAIT_MS, signal: giveUp.signal }),
    );
    clearInterval(ended);
    if (giveUp.signal.aborted) return void (await lock?.release());
    const overlaps = lock && holder?.isHeld;
    const goesBack = lock && lock.fencingToken <= lastToken;
    if (lock) lastToken = Math.max(lastToken, lock.fencingToken);
    reporter.say('waiter', {
      ms,
      outcome: lock ? 'got in' : (error?.code ?? error?.name ?? 'unknown'),
      usual: Boolean(lock),
      ...(overlaps && { shared: `${name} got in while another was` }),
      ...(goesBack && { wrong: `the token went back from ${lastToken} to ${lock.fencingToken}` }),
    });
    if (!lock) return void (await pause(HOLDS_MS));
    holder = lock;
    await pause(HOLDS_MS);
    await lock.release();
  };
  const stand = async (member: Member): Promise<void> => {
    while (!reporter.stopping) await turn(member);
  };
  await Promise.all([stand(one), stand(two)]);
}
