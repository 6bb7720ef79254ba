import type { RedisConfig } from '../config/redis.config';
import type { RedisErrorCode } from './redis.errors';
import type { ServerFacts } from './server-facts';

/** What is known of the connection without asking the server. Safe to show: it holds no secret. */
export interface RedisState {
  /**
   * `connecting` until the first connection stands, `ready` when commands are sent, `degraded` when they are
   * refused at once (not connected, or the circuit is open), `closed` after shutdown. A Cluster is `degraded` as soon
   * as one master is missing.
   */
  readonly status: 'connecting' | 'ready' | 'degraded' | 'closed';
  /** True when a command would be sent; in a Cluster, to one master at least. */
  readonly ready: boolean;
  /** `open`: the server did not answer several times in a row and is being probed. */
  readonly circuit: 'closed' | 'open';
  readonly server: {
    /** In a Cluster, of the first node that was configured; with Sentinel, until they name a master, of the first of them. */
    readonly host: string;
    readonly port: number;
    readonly tls: boolean;
    readonly db: number;
    /** As the server says; absent until the first connection. */
    readonly version?: string;
    readonly protocol?: 2 | 3;
  };
  /** Only of a Cluster: its masters as far as they are known, and to how many of them commands are sent. */
  readonly cluster?: { readonly masters: number; readonly ready: number };
  /** Only with Sentinel: by which name the master is known, and how many sentinels are known and say where it is. */
  readonly sentinel?: { readonly master: string; readonly known: number; readonly answering: number };
  /** Connections made after the first. */
  readonly reconnects: number;
  /** Newest failure of the connection; `at` is ISO 8601. */
  readonly lastError?: { readonly code: RedisErrorCode; readonly message: string; readonly at: string };
}

/** @param facts of the server, if it has been connected */
export function serverState(
  { host, port, tls, db }: RedisConfig,
  facts: ServerFacts | undefined,
): RedisState['server'] {
  return {
    host,
    port,
    tls: tls !== undefined,
    db,
    ...(facts?.version && { version: facts.version }),
    ...(facts && { protocol: facts.protocol }),
  };
}
