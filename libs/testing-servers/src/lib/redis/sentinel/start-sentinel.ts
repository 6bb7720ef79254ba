import { randomBytes } from 'node:crypto';
import { freePort, onFreePort } from '../../process/free-port';
import { pollUntil } from '../../process/poll-until';
import type { FaultProxy } from '../../proxy/fault-proxy';
import { startFaultProxy } from '../../proxy/start-fault-proxy';
import { startServer } from '../start-redis';
import type { RedisProcess } from '../start-redis';
import { startTlsServer } from '../start-tls';
import type { Authority } from '../../certificates/create-authority';
import { QUICK, sentinelConfiguration } from './sentinel-configuration';

export interface SentinelOptions {
  /** By which the sentinels know the master. Default `main`. */
  name?: string;
  /** Default 1. */
  replicas?: 1 | 2;
  /** After so much silence a sentinel takes a server for dead, in ms. Default 2,000; a busy machine may need more. */
  downAfterMs?: number;
  /** Asked by the servers of every client; none by default. Without blanks: a sentinel does not quote it in its file. */
  password?: string;
  /** Asked by the sentinels of every client and of one another; none by default. */
  sentinelPassword?: string;
  /** Everybody, the sentinels and the replicas too, reaches each server through a proxy; default false. */
  proxied?: boolean;
  /** Issues certificates for `localhost` and `127.0.0.1`; then all speak TLS, to clients and to one another. */
  authority?: Authority;
  /** Further words for each redis-server. */
  args?: string[];
}

/** A master with replicas, watched by three sentinels, to be broken on purpose: real processes on loopback. */
export interface RedisSentinel {
  readonly name: string;
  /** The first was made the master. */
  readonly servers: readonly RedisProcess[];
  /** The one in front of each server, by the same index; empty unless `proxied`. */
  readonly proxies: readonly FaultProxy[];
  readonly sentinels: readonly RedisProcess[];
  /** `host:port` of every sentinel. */
  readonly addresses: readonly string[];
  /** Resolves with the master when all running sentinels name it, and it is one; at most 30 s. */
  master(): Promise<RedisProcess>;
  /**
   * Makes a replica the master as planned (`SENTINEL FAILOVER`): the old one runs and takes writes until the sentinels
   * make it a replica. Resolves with the new one as soon as all running sentinels name it.
   */
  failover(): Promise<RedisProcess>;
  /** Resolves when all running servers but the master are its replicas, as all running sentinels see; at most 30 s. */
  settled(): Promise<void>;
  /** Ends all for good. Safe to call twice. */
  stop(): Promise<void>;
}

const SENTINELS = 3;
const QUORUM = 2;
/** A sentinel begins no second fail-over within twice this time, unless told to. */
const FAILOVER_TIMEOUT_MS = 3_000;
const READY_WITHIN_MS = 30_000;

/**
 * Starts a master, its replicas and three sentinels, and waits until these agree: about a second.
 * @throws Error when one of them does not come up, with what it says
 */
export function startSentinel(options: SentinelOptions = {}): Promise<RedisSentinel> {
  // All anew when a port was taken in the meantime: sentinels must know those of the others before they start.
  return onFreePort(undefined, () => startAll(options));
}

async function startAll({
  name = 'main',
  replicas = 1,
  downAfterMs = 2_000,
  password,
  sentinelPassword,
  proxied = false,
  authority,
  args = [],
}: SentinelOptions): Promise<RedisSentinel> {
  const parts: { stop(): Promise<void> }[] = [];
  const begun = <P extends { stop(): Promise<void> }>(part: P): P => {
    parts.push(part);
    return part;
  };
  const stop = async () => void (await Promise.all(parts.map((part) => part.stop())));
  const proxies: FaultProxy[] = [];
  const ports: number[] = [];
  const servers: RedisProcess[] = [];
  const sentinels: RedisProcess[] = [];

  const start = async (secret: string | undefined, port?: number, words: string[] = [], file?: string) => {
    const options = { password: secret, args: words };
    if (!authority) return startServer({ ...options, port }, file);
    options.args = [...words, '--tls-replication', 'yes'];
    return startTlsServer({ ...options, authority, names: ['localhost', '127.0.0.1'] }, file, port);
  };

  const startOne = async () => {
    const words = ['--repl-diskless-sync-delay', '0', ...args];
    if (password) words.push('--masterauth', password);
    if (ports[0] !== undefined) words.push('--replicaof', '127.0.0.1', String(ports[0]));
    let proxy: FaultProxy | undefined;
    let port: number | undefined;
    if (proxied) {
      port = await freePort();
      const made = (proxy = await startFaultProxy({ port }));
      begun({ stop: () => made.close() });
      proxies.push(proxy);
      words.push('--replica-announce-ip', '127.0.0.1', '--replica-announce-port', String(proxy.port));
    }
    const server = begun(await start(password, port, words));
    ports.push(proxy?.port ?? server.port);
    servers.push(server);
  };

  const startSentinels = async () => {
    const members = await Promise.all(
      Array.from({ length: SENTINELS }, async () => ({
        id: randomBytes(20).toString('hex'),
        port: await freePort(),
      })),
    );
    const [master = 0, ...others] = ports;
    const started = await Promise.allSettled(
      members.map(async (member) => {
        const configuration = sentinelConfiguration({
          ...{ name, downAfterMs, failoverTimeoutMs: FAILOVER_TIMEOUT_MS, quorum: QUORUM },
          ...{ id: member.id, master, replicas: others, password },
          others: members.filter((other) => other !== member),
        });
        return quick(begun(await start(sentinelPassword, member.port, [], configuration)));
      }),
    );
    for (const one of started) {
      if (one.status === 'rejected') throw one.reason;
      sentinels.push(one.value);
    }
  };

  const asked = async (...words: string[]): Promise<string[]> =>
    Promise.all(
      sentinels.filter(({ running }) => running).map((one) => one.cli('SENTINEL', ...words).catch(() => '')),
    );
  const named = async (): Promise<RedisProcess | undefined> => {
    const answers = new Set(await asked('GET-MASTER-ADDR-BY-NAME', name));
    const [port] = [...answers].map((answer) => Number(answer.split('\n')[1]));
    const server = servers[ports.indexOf(port ?? 0)];
    if (answers.size !== 1 || !server?.running) return undefined;
    return (await roleOf(server)).startsWith('role:master') ? server : undefined;
  };
  const master = async (other?: RedisProcess): Promise<RedisProcess> => {
    let found: RedisProcess | undefined;
    await until('all sentinels name one master', async () => {
      found = await named();
      return found !== undefined && found !== other;
    });
    return found as RedisProcess;
  };
  const settled = async () => {
    const one = await master();
    const port = ports[servers.indexOf(one)];
    const others = servers.filter((server) => server !== one && server.running);
    await until('all others are its replicas', async () => {
      const roles = await Promise.all(others.map(roleOf));
      const follow = roles.every(
        (role) => role.includes(`master_port:${port}\r`) && role.includes('master_link_status:up'),
      );
      const views = await asked('REPLICAS', name);
      const quorums = await asked('CKQUORUM', name);
      return (
        follow &&
        views.every((view) => seesReplicas(view, others.length, port)) &&
        quorums.every((quorum) => quorum.startsWith('OK'))
      );
    });
  };

  try {
    for (let i = 0; i <= replicas; i++) await startOne();
    await startSentinels();
    await settled();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    servers,
    proxies,
    sentinels,
    addresses: sentinels.map(({ port }) => `127.0.0.1:${port}`),
    master: () => master(),
    failover: async () => {
      const before = await master();
      const [one] = sentinels.filter(({ running }) => running);
      await one?.cli('SENTINEL', 'FAILOVER', name);
      return master(before);
    },
    settled,
    stop,
  };
}

/** In each of its lives; before Redis 7 all takes longer. */
async function quick(sentinel: RedisProcess): Promise<RedisProcess> {
  const hurry = () => sentinel.cli('SENTINEL', 'DEBUG', ...QUICK).catch(() => undefined);
  const restart = sentinel.restart.bind(sentinel);
  sentinel.restart = () =>
    restart()
      .then(hurry)
      .then(() => undefined);
  await hurry();
  return sentinel;
}

/** The answer to `SENTINEL REPLICAS` is a list of words: each name and then its value. */
function seesReplicas(view: string, count: number, masterPort: number | undefined): boolean {
  const words = view.split('\n');
  const all = (field: string) => words.filter((_, i) => words[i - 1] === field);
  const fine = all('flags').filter((flags) => flags === 'slave').length;
  const linked = all('master-link-status').filter((status) => status === 'ok').length;
  const its = all('master-port').filter((port) => port === String(masterPort)).length;
  return fine >= count && linked >= count && its >= count;
}

function roleOf(server: RedisProcess): Promise<string> {
  return server.cli('INFO', 'replication').then(
    (info) => info.replace(/^#.*\r?\n/, ''),
    () => '',
  );
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  if (await pollUntil(condition, READY_WITHIN_MS)) return;
  throw new Error(`the sentinels are not ready within ${READY_WITHIN_MS / 1_000} s: not true that ${what}`);
}
