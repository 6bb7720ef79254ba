import { Counter, Gauge, Histogram } from 'prom-client';
import { shared } from './shared-metric';

/** The metrics of this library in prom-client's default registry. Labels are bounded: no key, no argument. */
export class RedisMetrics {
  private readonly duration = shared(
    'redis_client_command_duration_seconds',
    () =>
      new Histogram({
        name: 'redis_client_command_duration_seconds',
        help: 'Time until a command was answered or given up, by command and outcome (ok or an error code)',
        labelNames: ['command', 'outcome'],
        buckets: [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      }),
  );
  private readonly isUp = shared(
    'redis_client_up',
    () => new Gauge({ name: 'redis_client_up', help: '1 while the connection stands', labelNames: ['role'] }),
  );
  private readonly isOpen = shared(
    'redis_client_circuit_open',
    () =>
      new Gauge({
        name: 'redis_client_circuit_open',
        help: '1 while the circuit is open',
        labelNames: ['role'],
      }),
  );
  private readonly reconnects = shared(
    'redis_client_reconnects_total',
    () =>
      new Counter({
        name: 'redis_client_reconnects_total',
        help: 'Connections made after the first',
        labelNames: ['role'],
      }),
  );
  /** By command and outcome; finding one by its labels each time would cost more than the rest of the counting. */
  private readonly children = new Map<string, ReturnType<Histogram['labels']>>();

  commandDone(command: string, outcome: string, elapsedMs: number): void {
    const known = this.children.get(command + outcome);
    const child = known ?? this.duration.labels({ command, outcome });
    if (!known) this.children.set(command + outcome, child);
    child.observe(elapsedMs / 1_000);
  }

  up(role: string, up: boolean): void {
    this.isUp.set({ role }, up ? 1 : 0);
  }

  circuit(role: string, open: boolean): void {
    this.isOpen.set({ role }, open ? 1 : 0);
  }

  reconnected(role: string): void {
    this.reconnects.inc({ role });
  }
}
