import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HealthRegistry } from '@sluice/util-http';
import { boundedCheck } from './bounded-check';
import type { Readiness } from './health.schemas';

const SHARED_FOR_MS = 1_000;

/** Whether this instance should get requests, asked of whatever was registered in `HealthRegistry`. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private shuttingDown = false;
  private last: { at: number; result: Promise<Readiness> } | undefined;

  constructor(private readonly registry: HealthRegistry) {}

  /** Nest calls this first of all when it is told to stop, before the listener closes. */
  onModuleDestroy(): void {
    this.shuttingDown = true;
  }

  /** Answers within about half a second. Probes that come within a second share one round of checks. */
  ready(): Promise<Readiness> {
    if (this.shuttingDown) return Promise.resolve({ status: 'shutting_down', checks: {} });
    const now = performance.now();
    if (!this.last || now - this.last.at >= SHARED_FOR_MS) this.last = { at: now, result: this.runChecks() };
    return this.last.result;
  }

  private async runChecks(): Promise<Readiness> {
    const checks = this.registry.list();
    const results = await Promise.all(
      checks.map(async (check) => ({ check, result: await boundedCheck(check) })),
    );
    const failed = results.filter(({ result }) => result.status !== 'ok');
    const critical = failed.some(({ check }) => check.critical);
    return {
      status: critical ? 'error' : failed.length > 0 ? 'degraded' : 'ok',
      checks: Object.fromEntries(results.map(({ check, result }) => [check.name, result])),
    };
  }
}

/** The status code of a readiness: a degraded instance still serves. */
export function readinessStatus({ status }: Readiness): 200 | 503 {
  return status === 'ok' || status === 'degraded' ? 200 : 503;
}
