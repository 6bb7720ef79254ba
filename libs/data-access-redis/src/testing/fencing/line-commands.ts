import { setTimeout as pause } from 'node:timers/promises';
import type { RedisLockService } from '../../index';
import { monotonicNow } from '../fleet/monotonic';

/** Callers of one process who stand in line for one lock, one after the other. */
export interface LineOrders {
  resource: string;
  count: number;
  ttl: number;
  wait: number;
  holdMs: number;
}

/** When one of them had the lock, by the clock that all processes share. */
export interface Turn {
  token: number;
  from: number;
  until: number;
}

export function lineCommands(locks: RedisLockService) {
  const turns: Promise<Turn>[] = [];

  async function turn({ resource, ttl, wait, holdMs }: LineOrders): Promise<Turn> {
    const lock = await locks.acquire(resource, { ttl, wait });
    const from = monotonicNow();
    if (holdMs > 0) await pause(holdMs);
    const until = monotonicNow();
    const token = lock.fencingToken;
    if (!(await lock.release())) throw new Error('the lock was lost');
    return { token, from, until };
  }

  return {
    standInLine: (orders: LineOrders) => {
      for (let i = 0; i < orders.count; i += 1) {
        const one = turn(orders);
        one.catch(() => undefined); // told to whoever asks for the turns
        turns.push(one);
      }
    },
    /** In the order in which they came, when each has had the lock. */
    turns: () => Promise.all(turns),
  };
}
