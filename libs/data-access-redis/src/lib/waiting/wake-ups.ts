import { randomBytes } from 'node:crypto';
import type { RedisClient } from '../client/redis-client';
import type { Subscriptions } from '../client/subscriptions';
import type { RedisLink } from '../connection/redis-link';
import { outsideRedisScope } from '../connection/request-scope';
import { Waiters } from './waiters';

export interface WakeUp {
  /** What was waited for has failed; else it is worth looking at. */
  readonly failed: boolean;
  /** What was granted. */
  readonly grant?: string;
}

const LOOK_AGAIN: WakeUp = { failed: false };

/** Somebody who waits for one thing. Most are never woken, so nothing is made before somebody really waits. */
export class Waiter {
  /** @internal Neighbours in {@link Waiters}. */
  before: Waiter | undefined;
  /** @internal */
  after: Waiter | undefined;
  #woken: WakeUp | undefined;
  #hears: ((how: WakeUp) => void) | undefined;

  /** @internal Made by `WakeUps`. */
  constructor(
    readonly name: string,
    private readonly all: Waiters,
  ) {
    all.add(this);
  }

  /** Resolves when woken, or with `late` after so many ms. */
  within(ms: number): Promise<WakeUp | 'late'> {
    if (this.#woken) return Promise.resolve(this.#woken);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('late'), ms);
      timer.unref();
      this.#hears = (how) => {
        clearTimeout(timer);
        resolve(how);
      };
    });
  }

  /** @internal */
  wake(how: WakeUp): void {
    if (this.#woken) return;
    this.#woken = how;
    this.#hears?.(how);
  }

  close(): void {
    this.all.remove(this);
    this.wake(LOOK_AGAIN); // nobody hears it: it ends the timer
  }
}

/**
 * Wakes those in this process who wait for something elsewhere: a load, a lock. Each process has one channel, which
 * lies in Redis beside what is waited for, so a message goes to nobody who does not wait. A message is `d` (look again)
 * or `f` (failed) and the name of what it is about; or `g` (granted), the name, which has no blank then, a blank, and
 * the grant.
 */
export class WakeUps {
  /** What the channels of all processes begin with, as scripts publish to them. */
  readonly channels: string;
  /** How the channel of this process goes on: short, for it is in every id of those who wait. */
  readonly mark = randomBytes(9).toString('base64url');
  private readonly waiters = new Waiters();
  private listening: Promise<unknown> | undefined;
  private heard = false;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.channels = `${prefix}ch:wake:`;
  }

  /** The channel as scripts publish to it. */
  get channel(): string {
    return this.channels + this.mark;
  }

  /**
   * Await it before the channel is told to anybody. Where it could not be subscribed at once, it is heard later: then
   * everybody looks again, and until then the lease bounds the wait.
   */
  listen(): Promise<unknown> {
    this.listening ??= outsideRedisScope(() =>
      this.client
        .hear(`wake:${this.mark}`, (message) => this.received(message))
        .then(() => (this.heard = true)),
    );
    return this.listening;
  }

  /** Whether {@link listen} need not be awaited any more. */
  get isListening(): boolean {
    return this.heard;
  }

  /** Make it before the question whether to wait is sent: the wake-up may arrive together with the answer. */
  waiter(name: string): Waiter {
    return new Waiter(name, this.waiters);
  }

  /** Messages may have been lost while a connection was; what is waited for may be otherwise when it is back. */
  lookAgainAfterLossOf(cmd: RedisLink, subscriptions: Subscriptions): void {
    cmd.on('lost', () => this.wakeAll());
    cmd.on('usable', () => this.wakeAll());
    subscriptions.onRenewed(() => this.wakeAll());
  }

  /** Everybody looks again. */
  wakeAll(): void {
    this.waiters.each(undefined, (waiter) => waiter.wake(LOOK_AGAIN));
  }

  private received(message: string): void {
    const granted = message.startsWith('g');
    const end = granted ? message.indexOf(' ') : message.length;
    const failed = message.startsWith('f');
    const wakeUp = granted ? { failed, grant: message.slice(end + 1) } : { failed };
    this.waiters.each(message.slice(1, end), (waiter) => waiter.wake(wakeUp));
  }
}
