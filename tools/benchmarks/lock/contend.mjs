import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { sharedNow } from '../lib/clock.mjs';
import { TTL } from './contender.mjs';

/**
 * Contenders of this process that want one lock, again and again, each as soon as it has let go of it.
 *
 * @param {import('./contender.mjs').Handle} handle
 * @param {{ name: string, contenders: number, holdMs: number, at: number, milliseconds: number }} what `at`: when all
 *   processes begin, on the shared clock
 * @returns {Promise<Contended[]>} one of each contender
 *
 * @typedef {object} Contended
 * @property {number[]} waits in ms; one that the end cut off counts as long as it was
 * @property {[number, number][]} holds from when it was told that it has the lock to when it began to release it, on
 *   the shared clock
 */
export async function contend(handle, { name, contenders, holdMs, at, milliseconds }) {
  const deadline = at + milliseconds;

  /** As its users would: asks again when the library gave up waiting. */
  async function acquire() {
    for (;;) {
      try {
        return await handle.acquire(name, TTL);
      } catch (error) {
        if (sharedNow() >= deadline) return null;
        if (!isGivingUp(error)) throw error;
        await nextTurn();
      }
    }
  }

  async function contender() {
    const waits = [];
    const holds = [];
    while (sharedNow() < deadline) {
      const asked = sharedNow();
      const held = await acquire();
      const got = sharedNow();
      waits.push(Math.min(got, deadline) - asked);
      if (got < deadline) {
        await pause(holdMs);
        holds.push([got, sharedNow()]);
      }
      await held?.release();
    }
    return { waits, holds };
  }

  await pause(Math.max(0, at - sharedNow()));
  return Promise.all(Array.from({ length: contenders }, contender));
}

/** What libraries say when somebody else held the lock for longer than they wait. */
function isGivingUp(error) {
  const { name } = error.constructor;
  return (
    ['ExecutionError', 'TimeoutError', 'LockAcquisitionError'].includes(name) ||
    error.code === 'LOCK_NOT_ACQUIRED'
  );
}
