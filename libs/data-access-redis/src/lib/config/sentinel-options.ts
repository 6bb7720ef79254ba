import type { NodeAddress } from '../connection/cluster/cluster-slots';
import { parseNode } from './cluster-nodes';

/** A master that sentinels watch: they are asked where it is, and are followed when it becomes another. */
export interface RedisSentinelOptions {
  /** Some of them (`['10.0.0.1:26379', 'sentinel-2:26379', '[fd00::3]:26379']`); they are asked for the others. */
  nodes: readonly string[];
  /** By which they know the master, as in `sentinel monitor <name> …`. */
  name: string;
  /** Of a user of the sentinels; that of the servers is not theirs. */
  username?: string;
  /** That the sentinels ask for; the servers' is not sent to them. Default: none. */
  password?: string;
  /** Whether the sentinels speak TLS; its details are those of the servers. Default: as the servers. */
  tls?: boolean;
}

/** {@link RedisSentinelOptions}, checked. */
export interface SentinelConfig {
  readonly nodes: readonly NodeAddress[];
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
}

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * Checks the options. What is wrong is added to `problems`, which never repeat a value.
 * @param given other options that say where the server is
 * @param tls whether the servers speak it
 */
export function readSentinel(
  { nodes, name, username, password, tls: own }: RedisSentinelOptions,
  given: { url?: unknown; host?: unknown; port?: unknown; cluster?: unknown },
  tls: boolean,
  problems: string[],
): SentinelConfig {
  const others = (['url', 'cluster', 'host', 'port'] as const).filter((name) => given[name] !== undefined);
  if (others.length > 0) {
    problems.push(
      `sentinel and ${others.join(', ')} are both given; the sentinels say where the server is: give its user, password, database and TLS apart`,
    );
  }
  if (nodes.length === 0) problems.push('sentinel: names none; give some as host:port');
  if (!NAME.test(name)) {
    problems.push(
      'sentinel.name must be the name of the master, as in "sentinel monitor <name> …": 1–64 letters, digits, or one of _ . -',
    );
  }
  if (username && !password) problems.push('sentinel.username is set without sentinel.password');
  return {
    nodes: nodes.map((node) => parseNode(node, problems, 'sentinel')),
    name,
    ...(username && { username }),
    ...(password && { password }),
    tls: own ?? tls,
  };
}
