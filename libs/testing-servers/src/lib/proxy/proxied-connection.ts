import type { Faults, Side } from './faults';

/** One connection through a proxy, from its acceptance until both ends are closed. */
export interface ProxiedConnection extends Faults {
  /** 1 for the first connection of the proxy, and so on. */
  readonly id: number;
  /**
   * The first 4 KiB that the client sent, as text. Unreadable under TLS.
   * @example connection.sent.includes('SETNAME\r\n$6\r\nworker\r\n')
   */
  readonly sent: string;
  /** Ends every fault of this connection: held bytes go on, dropped ones are gone, a half-open one is closed. */
  heal(): void;
  /**
   * Waits until this end has closed its connection, or lost it; also when the other end is not told.
   * @param within milliseconds, 5000 by default
   * @throws Error when the time is over
   */
  waitForEnd(side: Side, within?: number): Promise<void>;
}
