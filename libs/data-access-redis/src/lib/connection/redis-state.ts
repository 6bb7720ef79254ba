import type { RedisErrorCode } from './redis.errors';

/** What is known of the connection without asking the server. Safe to show: it holds no secret. */
export interface RedisState {
  /**
   * `connecting` until the first connection stands, `ready` when commands are sent, `degraded` when they are
   * refused at once (not connected, or the circuit is open), `closed` after shutdown.
   */
  readonly status: 'connecting' | 'ready' | 'degraded' | 'closed';
  /** True when a command would be sent. */
  readonly ready: boolean;
  /** `open`: the server did not answer several times in a row and is being probed. */
  readonly circuit: 'closed' | 'open';
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly tls: boolean;
    readonly db: number;
    /** As the server says; absent until the first connection. */
    readonly version?: string;
    readonly protocol?: 2 | 3;
  };
  /** Connections made after the first. */
  readonly reconnects: number;
  /** Newest failure of the connection; `at` is ISO 8601. */
  readonly lastError?: { readonly code: RedisErrorCode; readonly message: string; readonly at: string };
}
