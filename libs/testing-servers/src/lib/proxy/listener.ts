import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A loopback port that can be closed and opened again. */
export class Listener {
  private readonly server: Server;
  private last: Promise<unknown> = Promise.resolve();
  private closed: Promise<void> | undefined;
  /** 0 until it is open for the first time. */
  port = 0;

  constructor(connected: (socket: Socket) => void) {
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, connected);
    this.server.on('error', () => undefined);
  }

  /** @throws Error when another process took the port in the meantime, or the listener is closed for good */
  open(): Promise<void> {
    return this.inTurn(async () => {
      if (this.closed) throw new Error('The fault proxy is closed.');
      if (this.server.listening) return;
      this.server.listen(this.port, '127.0.0.1');
      await once(this.server, 'listening');
      this.port = (this.server.address() as AddressInfo).port;
    });
  }

  /** New connections are refused, those that are there stay. */
  shut(): Promise<void> {
    return this.inTurn(() => {
      if (this.server.listening) this.server.close();
    });
  }

  /** For good; resolves when every connection is closed as well. */
  close(): Promise<void> {
    this.closed ??= this.inTurn(() => new Promise((resolve) => this.server.close(() => resolve())));
    return this.closed;
  }

  private inTurn(action: () => Promise<void> | void): Promise<void> {
    const turn = this.last.then(action);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
