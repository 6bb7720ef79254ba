import { connect, type Socket } from 'node:net';
import { Conditions } from './conditions';
import { FaultsOfAll } from './faults-of-all';
import { Listener } from './listener';
import type { ProxiedConnection } from './proxied-connection';
import type { RelayedConnection } from './relayed-connection';

export interface FaultProxyOptions {
  /** Where the server listens. */
  port: number;
  /** `127.0.0.1` by default. */
  host?: string;
}

/** A TCP proxy on a loopback port in front of a server, for networks that fail. It relays bytes, so TLS passes through. */
export class FaultProxy extends FaultsOfAll {
  private readonly listener = new Listener((client) => this.admit(client));
  private readonly sockets = new Set<Socket>();
  private stalling = false;
  private closed: Promise<void> | undefined;

  constructor(private readonly target: Readonly<Required<FaultProxyOptions>>) {
    super(new Conditions());
  }

  /** Where clients connect to: `redis://127.0.0.1:<port>`, without the credentials that the server may ask for. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The same for the whole life of the proxy. */
  get port(): number {
    return this.listener.port;
  }

  /** Those that are open now, the oldest first. One whose client has left is open as long as it has bytes to relay. */
  get connections(): readonly ProxiedConnection[] {
    return [...this.open];
  }

  /**
   * Waits for an open connection, and gives the newest that matches.
   * @param matching asked again whenever a connection comes or sends something
   * @param within milliseconds, 5000 by default
   * @throws Error when the time is over
   * @example
   * const subscriber = await proxy.connection(({ sent }) => sent.includes('SUBSCRIBE'));
   * subscriber.cut();
   */
  connection(
    matching: (connection: ProxiedConnection) => boolean = () => true,
    within = 30_000,
  ): Promise<ProxiedConnection> {
    const newest = () => [...this.open].reverse().find(matching);
    return this.conditions.until(newest, within, 'No connection matched');
  }

  /** Refuses new connections (`ECONNREFUSED`) until `accept`, `stall` or `heal`; those that are there stay. */
  refuse(): Promise<void> {
    return this.listener.shut();
  }

  /**
   * Takes new connections but relays none of them: what clients say waits for `accept` or `heal`, which connects
   * those that are still there to the server.
   */
  stall(): Promise<void> {
    this.stalling = true;
    return this.listener.open();
  }

  /**
   * Takes and relays new connections again, on the same port.
   * @throws Error when another process took the port in the meantime
   */
  accept(): Promise<void> {
    this.stalling = false;
    for (const connection of this.open) this.connect(connection);
    return this.listener.open();
  }

  /** Ends every fault of the proxy and of its connections: held bytes go on, dropped ones are gone, half-open connections are closed. */
  heal(): Promise<void> {
    this.endFaults();
    return this.accept();
  }

  /** Closes the port and every connection; whoever waits for a condition is told so. Safe to call twice. */
  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private admit(client: Socket): void {
    if (this.closed) return void client.destroy();
    this.track(client);
    const connection = this.begin(client);
    if (!this.stalling) this.connect(connection);
    this.conditions.changed();
  }

  private connect(connection: RelayedConnection): void {
    if (connection.isConnected || this.closed) return;
    const server = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    this.track(server);
    connection.connectTo(server);
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    // Both ends learn of an error by the close that follows it.
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private async closeAll(): Promise<void> {
    const closed = [...this.sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const listenerClosed = this.listener.close();
    for (const socket of this.sockets) socket.destroy();
    this.conditions.giveUp('The fault proxy is closed.');
    await Promise.all([...closed, listenerClosed]);
  }
}
