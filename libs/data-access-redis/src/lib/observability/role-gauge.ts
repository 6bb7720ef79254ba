import { Gauge } from 'prom-client';
import { shared } from './shared-metric';

/** 0 or 1 for each role of connections. In a Cluster a role has several, and they decide together. */
export class RoleGauge {
  private readonly gauge: Gauge<'role'>;
  private readonly connections = new Map<string, Map<object, boolean>>();

  /** @param joined what holds for a role, by what holds for each of its connections */
  constructor(
    name: string,
    help: string,
    private readonly joined: (each: readonly boolean[]) => boolean,
  ) {
    this.gauge = shared(name, () => new Gauge({ name, help, labelNames: ['role'] }));
  }

  set(role: string, connection: object, holds: boolean): void {
    const connections = this.connections.get(role) ?? new Map<object, boolean>();
    this.connections.set(role, connections.set(connection, holds));
    this.tell(role);
  }

  /** It was closed: the others of its role decide. */
  ended(role: string, connection: object): void {
    this.connections.get(role)?.delete(connection);
    this.tell(role);
  }

  private tell(role: string): void {
    const each = [...(this.connections.get(role)?.values() ?? [])];
    this.gauge.set({ role }, this.joined(each) ? 1 : 0);
  }
}
