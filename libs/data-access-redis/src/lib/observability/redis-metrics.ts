import { Counter, Gauge } from 'prom-client';
import { CommandDurations } from './command-durations';
import { shared } from './shared-metric';

/** The metrics of this library in prom-client's default registry. Labels are bounded: no key, no argument. */
export class RedisMetrics {
  private readonly durations = shared(
    'redis_client_command_duration_seconds',
    (name) => new CommandDurations(name),
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
  commandDone(command: string, outcome: string, elapsedMs: number): void {
    this.durations.of(command, outcome).observe(elapsedMs / 1_000);
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
