import { Logger } from '@nestjs/common';

const INTERVAL_MS = 60_000;
/** That Redis is away, its owner says itself. */
const SAID_ELSEWHERE = new Set(['REDIS_UNAVAILABLE', 'REDIS_TIMEOUT']);

/** Says now and then why limits are counted in this process alone, where nobody else would. */
export class FallbackLog {
  private readonly logger = new Logger('Throttler');
  private saidAt = -Infinity;

  readonly failed = (error: unknown): void => {
    const code = String((error as { code?: unknown } | null)?.code ?? 'unknown error');
    const now = performance.now();
    if (SAID_ELSEWHERE.has(code) || now - this.saidAt < INTERVAL_MS) return;
    this.saidAt = now;
    this.logger.warn(`${code}: Redis refuses to count; each process counts rate limits alone until it does`);
  };
}
