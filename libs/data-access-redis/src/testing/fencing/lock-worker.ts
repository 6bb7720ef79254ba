import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '@sluice/testing-servers';
import type { RedisLock, RedisLockService } from '../../index';
import { monotonicNow } from '../fleet/monotonic';
import type { RemoteCalls } from '../fleet/remote-calls';

export interface LockOrders {
  seed: number;
  /** Number of this process in the fleet. */
  process: number;
  resources: readonly string[];
  ttl: number;
}

/** What one caller saw of one lock, by the clock that all processes share. */
export interface Hold {
  /** Unique in the whole run. */
  id: string;
  process: number;
  resource: string;
  token: number;
  /** When the lock was asked for, before anything was sent. */
  asked: number;
  /** When the caller had it. */
  from: number;
  /** The last moment of which the lock said that it was held; before `from` when it never did. */
  heldUntil: number;
}

const CALLERS = 2;
const WAIT_MS = 3_000;
/** Those who do not look before they write, as a paused process would not. */
const SHARE_OF_CARELESS = 0.5;
const MOST_STEPS = 4;
const LONGEST_STEP_MS = 40;

/** One process's part: callers who lock a resource, work, write to it and give it back, again and again. */
export class LockWorker {
  private readonly holds: Hold[] = [];
  private isStopped = false;
  private working: Promise<unknown> | undefined;

  constructor(
    private readonly locks: RedisLockService,
    private readonly parent: RemoteCalls,
    private readonly orders: LockOrders,
  ) {}

  begin(): void {
    const { seed, process } = this.orders;
    const randoms = Array.from({ length: CALLERS }, (_, i) => new Random(seed * 1_000 + process * 100 + i));
    this.working = Promise.all(randoms.map((random, i) => this.caller(random, `${process}.${i}`)));
  }

  /** Resolves to what all callers saw, when each has ended its round. */
  async stop(): Promise<Hold[]> {
    this.isStopped = true;
    await this.working;
    return this.holds;
  }

  private async caller(random: Random, name: string): Promise<void> {
    for (let round = 1; !this.isStopped; round += 1) {
      const resource = random.pick(this.orders.resources);
      const asked = monotonicNow();
      const wait = random.chance(0.5) ? WAIT_MS : 0;
      const lock = await this.locks.acquire(resource, { ttl: this.orders.ttl, wait }).catch(() => undefined);
      if (lock) await this.work(lock, { id: `${name}.${round}`, resource, asked }, random);
      else await pause(random.below(LONGEST_STEP_MS));
    }
  }

  private async work(
    lock: RedisLock,
    { id, resource, asked }: Pick<Hold, 'id' | 'resource' | 'asked'>,
    random: Random,
  ): Promise<void> {
    const { process } = this.orders;
    const token = lock.fencingToken;
    const hold: Hold = { id, process, resource, token, asked, from: monotonicNow(), heldUntil: 0 };
    this.holds.push(hold);
    look(lock, hold);
    void this.parent.call('working', process).catch(() => undefined);
    const isCareless = random.chance(SHARE_OF_CARELESS);
    for (let steps = random.below(MOST_STEPS); steps >= 0; steps -= 1) {
      await pause(random.below(LONGEST_STEP_MS));
      if (look(lock, hold) || isCareless) await this.parent.call('write', { resource, token, hold: id });
      look(lock, hold);
    }
    await lock.release();
  }
}

/** Whether it is held; the clock is read before, so that a pause between the two proves nothing. */
function look(lock: RedisLock, hold: Hold): boolean {
  const at = monotonicNow();
  if (!lock.isHeld) return false;
  hold.heldUntil = at;
  return true;
}
