import { setTimeout as pause } from 'node:timers/promises';
import { executeSql } from '@sluice/testing-servers';
import { RawConnection } from '../chaos/servers/raw-connection';
import type { Timeline } from './timeline';

const TICK_MS = 20;
const STALL_MS = 25;
/** How often each is asked, and how long that takes at most unless it, or this process, is not let run. */
const REDIS = { everyMs: 50, withinMs: 50 };
const DATABASE = { everyMs: 250, withinMs: 100 };

/**
 * Measures when the servers, and this process, through which the instances reach Redis, stand still. What an instance
 * answers late may then be no fault of its own.
 */
export class StallWatch {
  readonly #end = new AbortController();
  readonly #ticking: NodeJS.Timeout;
  readonly #asking: Promise<unknown>;
  #last = performance.now();

  constructor(
    private readonly timeline: Timeline,
    redisPort: number,
    databaseUrl: string,
  ) {
    this.#ticking = setInterval(() => this.look(), TICK_MS);
    this.#asking = Promise.all([this.#askRedis(redisPort), this.#askDatabase(databaseUrl)]);
  }

  /** Notes a stall of this process, the way to Redis, that has just ended. */
  look(): void {
    const from = this.#last + TICK_MS;
    this.#last = performance.now();
    if (this.#last - from > STALL_MS) this.timeline.stalled('Redis', from, this.#last);
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticking);
    this.#end.abort();
    await this.#asking;
  }

  async #askRedis(port: number): Promise<void> {
    let connection: RawConnection | undefined;
    await this.#every(REDIS.everyMs, async () => {
      connection ??= await RawConnection.open(port).catch(() => undefined);
      const askedAt = performance.now();
      const answer = await connection?.ask('PING');
      if (answer === '+PONG') return this.#answered('Redis', askedAt, REDIS.withinMs);
      connection?.close();
      connection = undefined;
    });
    connection?.close();
  }

  #askDatabase(url: string): Promise<void> {
    return this.#every(DATABASE.everyMs, async () => {
      const askedAt = performance.now();
      await executeSql(url, 'SELECT 1').catch(() => undefined);
      this.#answered('the database', askedAt, DATABASE.withinMs);
    });
  }

  #answered(party: 'Redis' | 'the database', askedAt: number, withinMs: number): void {
    const now = performance.now();
    if (now - askedAt > withinMs) this.timeline.stalled(party, askedAt, now);
  }

  async #every(ms: number, ask: () => Promise<void>): Promise<void> {
    while (!this.#end.signal.aborted) {
      await ask();
      await pause(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
    }
  }
}
