import { setImmediate as turn } from 'node:timers/promises';
import type { RedisLock, RedisLockService } from '../../index';

export interface HeldOrders {
  resource: string;
  ttl: number;
}

/** What the holder of a lock knows. */
export interface HeldState {
  isHeld: boolean;
  /** Code of what `throwIfLost` throws. */
  loss: string | undefined;
  /** Whether the signal has been aborted. */
  isTold: boolean;
}

/** For a process that holds one lock and is then disturbed. */
export function heldCommands(locks: RedisLockService) {
  let lock: RedisLock | undefined;
  let isTold = false;

  function state(): HeldState {
    let loss: string | undefined;
    try {
      lock?.throwIfLost();
    } catch (error) {
      loss = (error as { code?: string }).code;
    }
    return { isHeld: lock?.isHeld ?? false, loss, isTold };
  }

  return {
    hold: async ({ resource, ttl }: HeldOrders): Promise<number> => {
      lock = await locks.acquire(resource, { ttl });
      lock.signal.addEventListener('abort', () => (isTold = true));
      return lock.fencingToken;
    },
    held: state,
    /** Keeps the event loop busy, and asks in the same turn of the loop. */
    busy: (ms: number): HeldState => {
      spin(ms);
      return state();
    },
    /** The same, but asks nothing. Whether the signal was aborted by the next turn. */
    busyUnaware: async (ms: number): Promise<boolean> => {
      spin(ms);
      await turn();
      await turn();
      return isTold;
    },
  };
}

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
