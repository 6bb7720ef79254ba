import type { ProxiedConnection } from './proxied-connection';

/** One direction of a connection. */
export type Way = 'toServer' | 'toClient';
/** One direction of a connection, or both. */
export type Direction = Way | 'both';
/** One end of a connection: who connected to the proxy, or the server behind it. */
export type Side = 'client' | 'server';

/** What `dropNext` swallowed, and whose it was. */
export interface Loss {
  readonly connection: ProxiedConnection;
  readonly chunk: Buffer;
}

/**
 * What can be done to one connection, or to all of a proxy. Done to a proxy, what lasts (`hold`, `drop`, `delay`,
 * `throttle`) is also done to its future connections. Bytes that go on behind others are never reordered, and the
 * end of a side (FIN or RST) waits behind the bytes it sent before.
 */
export interface Faults {
  /** Keeps what arrives, without a limit, until `release`. Both directions by default. */
  hold(direction?: Direction): void;
  /** Ends `hold`: what was held goes on in one write, so that up to 64 KiB arrive as one chunk. Both directions by default. */
  release(direction?: Direction): void;
  /**
   * A black hole until `heal`: what arrives vanishes, and so does the end of the side that sends. Bytes held before
   * are kept. Starts the count of `droppedBytes` again. Both directions by default.
   */
  drop(direction?: Direction): void;
  /**
   * Swallows one chunk, such as the answer to a command, and nothing else. A chunk is what one read of the socket
   * gives: the whole answer when commands are sent one at a time, several answers when they are pipelined.
   * @param matching any chunk by default
   * @param within milliseconds from now, 5000 by default
   * @returns what was swallowed, once it has happened
   * @throws Error when nothing matched in time, or `heal`, `close` or the end of the connection came first
   * @example
   * const lost = proxy.dropNext('toClient', (chunk) => chunk.toString() === '+OK\r\n');
   * const answer = client.set('key', 'value');
   * (await lost).connection.cut(); // The server has the value, and nobody was told.
   */
  dropNext(way: Way, matching?: (chunk: Buffer) => boolean, within?: number): Promise<Loss>;
  /**
   * Lets every chunk go on so much later than it arrived, in order; `0` ends it. Both directions by default.
   * @throws RangeError when it is not a number from 0
   */
  delay(milliseconds: number, direction?: Direction): void;
  /**
   * Lets at most so many bytes a second go on, in about 50 pieces a second; `Infinity` ends it. Both directions by default.
   * @throws RangeError when it is not a number above 0
   */
  throttle(bytesPerSecond: number, direction?: Direction): void;
  /** Closes the connection in good order: a FIN both ways. What was held is gone. */
  cut(): void;
  /** Breaks the connection: a RST both ways. What was held is gone. */
  reset(): void;
  /**
   * Closes one end without telling the other, whose socket stays open and silent until `heal` closes it; what it
   * sends vanishes and counts as dropped. What was held is gone.
   * @param closed `'server'` by default: the server sees its client leave, the client sees nothing
   */
  halfOpen(closed?: Side): void;
  /** Bytes that have arrived and wait here to go on: held, delayed, throttled, stalled, or not taken by a slow reader. */
  heldBytes(direction?: Direction): number;
  /** Bytes that vanished since the last `drop` or `halfOpen`; those of `dropNext` are not counted. */
  droppedBytes(direction?: Direction): number;
  /**
   * Waits until the fault has hit: so many bytes wait here.
   * @param bytes 1 by default
   * @param within milliseconds, 5000 by default
   * @throws Error when the time is over
   */
  waitForHeld(direction?: Direction, bytes?: number, within?: number): Promise<void>;
  /** As `waitForHeld`, for bytes that have vanished. */
  waitForDropped(direction?: Direction, bytes?: number, within?: number): Promise<void>;
}

export function waysOf(direction: Direction): readonly Way[] {
  return direction === 'both' ? ['toServer', 'toClient'] : [direction];
}
