import type { Socket } from 'node:net';
import type { Conditions } from './conditions';
import { type Direction, type Faults, type Side, type Way, waysOf } from './faults';
import { Losses } from './losses';
import { ObservedFaults } from './observed-faults';
import { delayed, noFaults, throttled, type WayFaults } from './one-way';
import { RelayedConnection } from './relayed-connection';

/** The open connections of a proxy, and faults that are done to all of them and to those that are yet to come. */
export abstract class FaultsOfAll extends ObservedFaults implements Faults {
  protected readonly open = new Set<RelayedConnection>();
  private readonly faults: Record<Way, WayFaults> = { toServer: { ...noFaults }, toClient: { ...noFaults } };
  private readonly droppedByGone: Record<Way, number> = { toServer: 0, toClient: 0 };
  private begun = 0;

  constructor(conditions: Conditions) {
    super(conditions, { toServer: new Losses(conditions), toClient: new Losses(conditions) });
  }

  hold(direction: Direction = 'both'): void {
    this.always(direction, { held: true });
    for (const connection of this.open) connection.hold(direction);
  }

  release(direction: Direction = 'both'): void {
    this.always(direction, { held: false });
    for (const connection of this.open) connection.release(direction);
  }

  drop(direction: Direction = 'both'): void {
    this.always(direction, { dropping: true });
    for (const way of waysOf(direction)) this.droppedByGone[way] = 0;
    for (const connection of this.open) connection.drop(direction);
  }

  delay(milliseconds: number, direction: Direction = 'both'): void {
    this.always(direction, delayed(milliseconds));
    for (const connection of this.open) connection.delay(milliseconds, direction);
  }

  throttle(bytesPerSecond: number, direction: Direction = 'both'): void {
    this.always(direction, throttled(bytesPerSecond));
    for (const connection of this.open) connection.throttle(bytesPerSecond, direction);
  }

  cut(): void {
    for (const connection of this.open) connection.cut();
  }

  reset(): void {
    for (const connection of this.open) connection.reset();
  }

  halfOpen(closed: Side = 'server'): void {
    for (const connection of this.open) connection.halfOpen(closed);
  }

  heldBytes(direction: Direction = 'both'): number {
    return [...this.open].reduce((sum, connection) => sum + connection.heldBytes(direction), 0);
  }

  droppedBytes(direction: Direction = 'both'): number {
    const gone = waysOf(direction).reduce((sum, way) => sum + this.droppedByGone[way], 0);
    return [...this.open].reduce((sum, connection) => sum + connection.droppedBytes(direction), gone);
  }

  protected begin(client: Socket): RelayedConnection {
    const connection = new RelayedConnection(++this.begun, client, {
      conditions: this.conditions,
      losses: this.losses,
      faults: this.faults,
      over: (gone) => this.forget(gone),
    });
    this.open.add(connection);
    return connection;
  }

  protected endFaults(): void {
    this.always('both', noFaults);
    for (const losses of Object.values(this.losses)) losses.dismiss('The proxy was healed first.');
    for (const connection of this.open) connection.heal();
  }

  private always(direction: Direction, faults: Partial<WayFaults>): void {
    for (const way of waysOf(direction)) Object.assign(this.faults[way], faults);
  }

  private forget(connection: RelayedConnection): void {
    for (const way of waysOf('both')) this.droppedByGone[way] += connection.droppedBytes(way);
    this.open.delete(connection);
    this.conditions.changed();
  }
}
