import type { Redis } from 'ioredis';
import type { RedisConnection } from '../redis-connection';
import type { RedisError } from '../redis.errors';
import type { RedisRequestScope } from '../request-scope';

/** What a command has to know of the master that sentinels name. */
export interface Followed {
  readonly master: RedisConnection | undefined;
  /** It was named a moment ago, and is being connected. */
  readonly moving: boolean;
  /** Whether a master can be used, as soon as one can or the new one cannot be connected; false after so many ms. */
  usableWithin(ms: number): Promise<boolean>;
  /** This server has become a replica. */
  demoted(master: RedisConnection): void;
  unserved(command: string): RedisError;
}

/**
 * One command while the master may become another. What comes while the new one is being connected waits for it, and
 * what is answered with READONLY has not run and is sent again, both as long as its deadline allows. Nothing else is ever
 * sent twice.
 */
export class FollowedCommand<R> {
  private readonly until: number;
  private refusal: RedisError | undefined;

  constructor(
    private readonly followed: Followed,
    private readonly command: string,
    private readonly words: (driver: Redis) => Promise<R>,
    private readonly timeoutMs: number,
    private readonly resolve: (reply: R) => void,
    private readonly reject: (error: RedisError) => void,
    private readonly scope: RedisRequestScope | undefined,
  ) {
    this.until = performance.now() + timeoutMs;
  }

  send(timeoutMs = this.timeoutMs): void {
    const { master, moving } = this.followed;
    if (moving && !master?.usable && !this.scope?.gaveUp) return this.sendLater();
    if (!master) return this.reject(this.followed.unserved(this.command));
    const failed = (error: RedisError) => this.failed(error, master);
    master.dispatch(this.command, this.words, timeoutMs, this.resolve, failed, this.scope);
  }

  private failed(error: RedisError, from: RedisConnection): void {
    if (error.reason !== 'READONLY') return this.reject(error);
    this.refusal = error;
    this.followed.demoted(from);
    const { master } = this.followed;
    if (master !== from && master?.usable) this.sendAgain();
    else this.sendLater();
  }

  private sendLater(): void {
    void this.followed.usableWithin(this.leftMs()).then((usable) => {
      if (usable) this.sendAgain();
      else this.reject(this.refusal ?? this.followed.unserved(this.command));
    });
  }

  private sendAgain(): void {
    const leftMs = this.leftMs();
    if (leftMs > 0) this.send(leftMs);
    else this.reject(this.refusal ?? this.followed.unserved(this.command));
  }

  /** Whole ms, so that waits of the same length share a timer. */
  private leftMs(): number {
    return Math.ceil(this.until - performance.now());
  }
}
