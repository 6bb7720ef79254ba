import type { Logger } from '@nestjs/common';
import type { RedisError } from './redis.errors';
import type { RedisState } from './redis-state';

const LOG_INTERVAL_MS = 10_000;
const OPERATOR_CODES = new Set(['REDIS_AUTH', 'REDIS_TLS', 'REDIS_PROTOCOL', 'REDIS_CONFIG']);

/** The failures of one connection: the newest is remembered, and one that repeats itself is not logged each time. */
export class FailureLog {
  private logged: { code: string; at: number } | undefined;
  private last: RedisState['lastError'];
  private operator = false;

  constructor(private readonly logger: Logger) {}

  get lastError(): RedisState['lastError'] {
    return this.last;
  }

  /** Whether the last attempt to connect failed by something that only an operator can mend. */
  get needsOperator(): boolean {
    return this.operator;
  }

  remember(error: RedisError): void {
    this.last = { code: error.code, message: error.message, at: new Date().toISOString() };
  }

  /** There is no connection, and this is why. */
  notConnected(error: RedisError): void {
    // What the server said of our certificate still holds when the next attempt is only hung up on.
    if (this.last?.code === 'REDIS_TLS' && this.operator && error.outcome === 'unknown') return;
    this.operator = OPERATOR_CODES.has(error.code);
    this.remember(error);
    const now = Date.now();
    if (this.logged?.code === error.code && now - this.logged.at < LOG_INTERVAL_MS) return;
    this.logged = { code: error.code, at: now };
    this.logger.warn(`${error.code}: ${error.message}${error.reason ? ` (${error.reason})` : ''}`);
  }

  connected(): void {
    this.operator = false;
  }
}
