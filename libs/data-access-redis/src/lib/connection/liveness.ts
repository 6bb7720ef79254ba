import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisConfig } from '../config/redis.config';
import { withDeadline } from './deadline';
import { RedisTimeoutError } from './redis.errors';

/**
 * Whether a connection still carries questions and answers; when it does not, it is to be made anew.
 *
 * Answers come in the order of their commands and carry no names. So the answer of a later command shows that a command
 * has been answered, that of an earlier one does not, though bytes arrive. And on a link that has lost an answer each
 * command is given that of a later one, for ever: a PING says a word of its own, which has to come back.
 */
export class Liveness {
  private answeredUpTo = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  /** @param onDead called with the reason when the connection is of no use any more */
  constructor(
    private readonly driver: Redis,
    private readonly config: Pick<RedisConfig, 'socketTimeoutMs' | 'cacheTimeoutMs'>,
    private readonly onDead: (why: string) => void,
  ) {}

  /** @param askedAt `performance.now()` of a command that the server has answered, with an error perhaps */
  answered(askedAt: number): void {
    if (askedAt > this.answeredUpTo) this.answeredUpTo = askedAt;
  }

  /**
   * Begins to look whether it is answered later on, where TCP may take a quarter of an hour to notice. Commands that
   * are answered in time cost nothing; the driver's own time limit for the socket sets two timers for each.
   * @param askedAt `performance.now()` of a command that was given up
   */
  unanswered(askedAt: number): void {
    if (this.timer !== undefined) return;
    const left = this.config.socketTimeoutMs - (performance.now() - askedAt);
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (this.answeredUpTo < askedAt) this.onDead('Redis has not answered for too long.');
      },
      Math.max(0, left),
    );
    this.timer.unref();
  }

  /** Resolves when the server answers in the time of a cache, and rejects when it does not. */
  async probe(): Promise<void> {
    const askedAt = performance.now();
    const answer = this.echo().finally(() => this.answered(askedAt));
    await withDeadline(answer, 'ping', this.config.cacheTimeoutMs).catch((error: unknown) => {
      if (error instanceof RedisTimeoutError) this.unanswered(askedAt);
      throw error;
    });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Looks at the answer even when nobody waits for it any more. */
  private async echo(): Promise<void> {
    const word = randomUUID();
    // RESP2 answers a subscriber with the pair of "pong" and the word.
    const said: unknown = await this.driver.ping(word);
    if ((Array.isArray(said) ? said.at(-1) : said) === word) return;
    const why = 'Answers have been lost on the way: no command can know which is its own.';
    this.onDead(why);
    throw new Error(why);
  }
}
