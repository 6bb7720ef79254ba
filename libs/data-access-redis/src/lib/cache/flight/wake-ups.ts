import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../../client/redis-client';
import { outsideRedisScope } from '../../connection/request-scope';

/** How a flight that was waited for ended: worth reading again, or without a value. */
export type WakeUp = 'done' | 'failed';

/** Somebody who waits for one entry. */
export interface Waiter {
  /** Resolves when woken, or with `late` after so many ms. */
  within(ms: number): Promise<WakeUp | 'late'>;
  close(): void;
}

/**
 * Wakes those in this process who wait for a load elsewhere. Each process has one channel, which the holder of a
 * flight finds in the flight itself, so a message goes to nobody who does not wait.
 */
export class WakeUps {
  /** The channel as scripts publish to it. */
  readonly channel: string;
  private readonly name = `wake:${randomUUID()}`;
  private readonly waiting = new Map<string, Set<(how: WakeUp) => void>>();
  private listening: Promise<unknown> | undefined;

  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
  ) {
    this.channel = `${prefix}ch:${this.name}`;
  }

  /**
   * Await it before the channel is told to anybody. Under RESP2 the connection that hears it may come later still: then
   * everybody looks again, and until then the lease bounds the wait.
   */
  listen(): Promise<unknown> {
    this.listening ??= outsideRedisScope(() =>
      this.client.subscribe(this.name, (message) => this.received(message)),
    );
    return this.listening;
  }

  /** Make it before the question whether to wait is sent: the wake-up may arrive together with the answer. */
  waiter(key: string): Waiter {
    const full = this.prefix + key;
    let wake: (how: WakeUp) => void = () => undefined;
    const woken = new Promise<WakeUp>((resolve) => {
      wake = resolve;
    });
    const others = this.waiting.get(full) ?? new Set();
    this.waiting.set(full, others.add(wake));
    return {
      within: (ms) => atMost(ms, woken),
      close: () => {
        if (others.delete(wake) && others.size === 0 && this.waiting.get(full) === others) {
          this.waiting.delete(full);
        }
      },
    };
  }

  /** Messages may have been lost: everybody looks again. */
  wakeAll(): void {
    for (const waiters of this.waiting.values()) for (const wake of waiters) wake('done');
  }

  private received(message: string): void {
    const waiters = this.waiting.get(message.slice(1));
    if (!waiters) return;
    for (const wake of waiters) wake(message.startsWith('f') ? 'failed' : 'done');
  }
}

function atMost<R>(ms: number, promise: Promise<R>): Promise<R | 'late'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('late'), ms);
    timer.unref();
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
