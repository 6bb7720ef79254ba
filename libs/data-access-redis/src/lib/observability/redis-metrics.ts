import { Counter } from 'prom-client';
import { CommandDurations } from './command-durations';
import { RoleGauge } from './role-gauge';
import { shared } from './shared-metric';

/** The metrics of this library in prom-client's default registry. Labels are bounded: no key, no argument. */
export class RedisMetrics {
  private readonly durations = shared(
    'redis_client_command_duration_seconds',
    (name) => new CommandDurations(name),
  );
  private readonly isUp = new RoleGauge(
    'redis_client_up',
    '1 while the connection stands; in a Cluster, while those to all masters do',
    (each) => each.length > 0 && each.every(Boolean),
  );
  private readonly isOpen = new RoleGauge(
    'redis_client_circuit_open',
    '1 while the circuit is open; in a Cluster, while that of any master is',
    (each) => each.some(Boolean),
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

  /** @param connection whose state it is: there may be several of a role */
  up(role: string, connection: object, up: boolean): void {
    this.isUp.set(role, connection, up);
  }

  /** @param connection as of {@link up} */
  circuit(role: string, connection: object, open: boolean): void {
    this.isOpen.set(role, connection, open);
  }

  /** The connection was closed for good. */
  ended(role: string, connection: object): void {
    this.isUp.ended(role, connection);
    this.isOpen.ended(role, connection);
  }

  reconnected(role: string): void {
    this.reconnects.inc({ role });
  }
}
