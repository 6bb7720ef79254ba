import { outsideRedisScope } from './request-scope';

export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit. */
  threshold: number;
  /** Asks the server whether it answers again; resolves when it does. */
  probe: () => Promise<unknown>;
  /** First pause before a probe in ms; doubled up to `maxProbeDelayMs`. */
  probeDelayMs: number;
  maxProbeDelayMs: number;
  onChange?: (open: boolean) => void;
}

/**
 * Opens after `threshold` failures in a row and stays open until a probe succeeds. Callers are never used as
 * probes (the half-open state of Nygard's circuit breaker is a PING of our own), so no request pays for finding
 * out that the server is still away.
 */
export class CircuitBreaker {
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private opened = false;
  private stopped = false;

  constructor(private readonly options: CircuitBreakerOptions) {}

  get open(): boolean {
    return this.opened;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    this.failures += 1;
    if (this.opened || this.failures < this.options.threshold) return;
    this.set(true);
    this.scheduleProbe(this.options.probeDelayMs);
  }

  /** A new connection starts with a clean slate. */
  reset(): void {
    clearTimeout(this.timer);
    this.failures = 0;
    this.set(false);
  }

  /** Ends the probing. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private set(open: boolean): void {
    if (this.opened === open) return;
    this.opened = open;
    this.options.onChange?.(open);
  }

  private scheduleProbe(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    // Not bound to the request whose failure opened the circuit.
    this.timer = outsideRedisScope(() => this.probeIn(delayMs));
    this.timer.unref();
  }

  private probeIn(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.options.probe().then(
        () => this.reset(),
        () => {
          if (this.opened) this.scheduleProbe(Math.min(delayMs * 2, this.options.maxProbeDelayMs));
        },
      );
    }, delayMs);
  }
}
