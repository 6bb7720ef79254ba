import type { Socket } from 'node:net';
import type { Conditions } from './conditions';
import { type Direction, type Side, type Way, waysOf } from './faults';
import { Losses } from './losses';
import { ObservedFaults } from './observed-faults';
import { delayed, OneWay, throttled, type WayFaults } from './one-way';
import type { ProxiedConnection } from './proxied-connection';

/** What a connection shares with its proxy. */
export interface ConnectionContext {
  readonly conditions: Conditions;
  /** Those of the whole proxy. */
  readonly losses: Readonly<Record<Way, Losses>>;
  /** What is wrong from the beginning. */
  readonly faults: Readonly<Record<Way, WayFaults>>;
  /** Called once, when there is nothing left to relay. */
  over(connection: RelayedConnection): void;
}

const sentLimit = 4_096;

/** A client's socket, the socket to the server that belongs to it, and the two ways between them. */
export class RelayedConnection extends ObservedFaults implements ProxiedConnection {
  private readonly ways: Readonly<Record<Way, OneWay>>;
  private readonly ended = new Set<Side>();
  private beginning = Buffer.alloc(0);
  private server: Socket | undefined;
  private isOver = false;

  constructor(
    readonly id: number,
    private readonly client: Socket,
    private readonly context: ConnectionContext,
  ) {
    const { conditions, faults } = context;
    super(conditions, { toServer: new Losses(conditions), toClient: new Losses(conditions) });
    this.ways = { toServer: this.way('toServer', faults), toClient: this.way('toClient', faults) };
    client.on('data', (chunk: Buffer) => this.remember(chunk));
    this.watch('client', client);
    this.ways.toServer.from(client);
    this.ways.toClient.to(client);
  }

  get sent(): string {
    return this.beginning.toString();
  }

  /** Whether it has a server behind it yet. */
  get isConnected(): boolean {
    return this.server !== undefined;
  }

  connectTo(server: Socket): void {
    this.server = server;
    this.watch('server', server);
    this.ways.toClient.from(server);
    this.ways.toServer.to(server);
  }

  hold(direction: Direction = 'both'): void {
    for (const way of waysOf(direction)) this.ways[way].set({ held: true });
  }

  release(direction: Direction = 'both'): void {
    for (const way of waysOf(direction)) this.ways[way].release();
  }

  drop(direction: Direction = 'both'): void {
    for (const way of waysOf(direction)) this.ways[way].drop();
  }

  delay(milliseconds: number, direction: Direction = 'both'): void {
    for (const way of waysOf(direction)) this.ways[way].set(delayed(milliseconds));
  }

  throttle(bytesPerSecond: number, direction: Direction = 'both'): void {
    for (const way of waysOf(direction)) this.ways[way].set(throttled(bytesPerSecond));
  }

  cut(): void {
    this.finish('was cut');
    this.client.end();
    this.server?.end();
  }

  reset(): void {
    this.finish('was reset');
    this.client.resetAndDestroy();
    this.server?.resetAndDestroy();
  }

  halfOpen(closed: Side = 'server'): void {
    for (const way of Object.values(this.ways)) {
      way.discard();
      way.vanished = 0;
      way.set({ held: false });
    }
    this.ways[closed === 'server' ? 'toClient' : 'toServer'].drop();
    (closed === 'server' ? this.server : this.client)?.destroy();
  }

  heal(): void {
    for (const losses of Object.values(this.losses)) losses.dismiss('The connection was healed first.');
    for (const way of Object.values(this.ways)) way.heal();
  }

  heldBytes(direction: Direction = 'both'): number {
    return waysOf(direction).reduce((sum, way) => sum + this.ways[way].waiting, 0);
  }

  droppedBytes(direction: Direction = 'both'): number {
    return waysOf(direction).reduce((sum, way) => sum + this.ways[way].vanished, 0);
  }

  async waitForEnd(side: Side, within = 30_000): Promise<void> {
    const ended = () => this.ended.has(side) || undefined;
    await this.conditions.until(ended, within, `The ${side} did not end connection ${this.id}`);
  }

  private way(way: Way, faults: ConnectionContext['faults']): OneWay {
    return new OneWay(faults[way], {
      swallows: (chunk) => {
        const loss = { connection: this, chunk };
        return this.losses[way].take(loss) || this.context.losses[way].take(loss);
      },
      changed: () => this.conditions.changed(),
    });
  }

  private remember(chunk: Buffer): void {
    const room = sentLimit - this.beginning.length;
    if (room > 0) this.beginning = Buffer.concat([this.beginning, chunk.subarray(0, room)]);
  }

  private watch(side: Side, socket: Socket): void {
    const end = () => {
      this.ended.add(side);
      this.conditions.changed();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('close', () => {
      if (this.client.destroyed && (this.server?.destroyed ?? true)) this.finish('ended');
    });
  }

  private finish(how: string): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const way of Object.values(this.ways)) way.stop();
    for (const losses of Object.values(this.losses)) losses.dismiss(`The connection ${how} first.`);
    this.context.over(this);
  }
}
