import { Socket } from 'node:net';

/**
 * The sockets of all our connections. The driver takes leave politely and waits for the server to hang up; a frozen
 * one never does and would hold the process, so that at the end somebody must be able to cut them.
 */
export class OpenSockets {
  readonly #sockets = new Set<Socket>();

  /** Makes a socket for the driver (its option `stream`). */
  readonly open = (): Socket => {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
