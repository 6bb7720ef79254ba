import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';

const ANSWER_WITHIN_MS = 5_000;

/**
 * A connection that speaks lines of text to a Redis, for what `redis-cli` cannot do: to be there before the server takes
 * no more clients, to measure, and to send two commands at once.
 */
export class RawConnection {
  readonly #socket: Socket;
  #heard = '';

  private constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk) => {
      this.#heard += chunk.toString();
    });
    this.#socket.on('error', () => undefined);
  }

  /** @throws Error when nobody listens; its `code` says what happened */
  static async open(port: number): Promise<RawConnection> {
    const connection = new RawConnection(port);
    await once(connection.#socket, 'connect');
    return connection;
  }

  /** @returns the first line of the answer, or undefined when none came in time */
  async ask(line: string, withinMs = ANSWER_WITHIN_MS): Promise<string | undefined> {
    this.#heard = '';
    this.#socket.write(`${line}\r\n`);
    const deadline = performance.now() + withinMs;
    while (!this.#heard.includes('\r\n')) {
      const left = deadline - performance.now();
      if (left <= 0 || this.#socket.destroyed) return undefined;
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 2)));
    }
    return this.#heard.slice(0, this.#heard.indexOf('\r\n'));
  }

  /** Says it and waits for nothing. */
  say(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** How a server answers a line over a connection of its own: its first line, or the code of the error. */
export async function askOnce(port: number, line: string, withinMs?: number): Promise<string | undefined> {
  try {
    const connection = await RawConnection.open(port);
    const answer = await connection.ask(line, withinMs);
    connection.close();
    return answer;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
