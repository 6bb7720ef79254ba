import { Injectable } from '@nestjs/common';

/** One thing that readiness depends on. */
export interface HealthCheck {
  /** As it appears in the answer: `redis`, `database`. */
  name: string;
  /** True: without it the service is not ready (503). False: it is degraded (200). */
  critical: boolean;
  /**
   * Resolves when all is well, with numbers worth showing if any (nothing secret). It is given up, and the
   * signal aborted, when it takes longer than the health service allows.
   */
  check: (signal: AbortSignal) => Promise<void | Record<string, unknown>>;
}

/** Where libraries and features leave their checks; the health feature asks them and knows none of them. */
@Injectable()
export class HealthRegistry {
  private readonly byName = new Map<string, HealthCheck>();

  /** @throws Error when a check of this name is there already */
  register(check: HealthCheck): void {
    if (this.byName.has(check.name))
      throw new Error(`A health check named ${check.name} is registered already`);
    this.byName.set(check.name, check);
  }

  /** All checks, in the order in which they were registered. */
  list(): HealthCheck[] {
    return [...this.byName.values()];
  }
}
