import { isPortFree, onFreePort } from '../../process/free-port';
import { pollUntil } from '../../process/poll-until';
import { startRedis } from '../start-redis';
import type { RedisProcess } from '../start-redis';
import { beginMigration } from './slot-migration';
import type { SlotMigration } from './slot-migration';

export interface ClusterOptions {
  /** Of each master; 0 by default. */
  replicas?: 0 | 1;
  /** After so much silence a node is taken for dead by the others, in ms. Default 2,000. */
  nodeTimeoutMs?: number;
  /** Further words for each redis-server. */
  args?: string[];
  /** Asked of every client and between the nodes; none by default. */
  password?: string;
  /** Clients may speak TLS, and nodes do; `addresses` are those for TLS then. `cli` goes on without. */
  tls?: ClusterTls;
}

/** Files in PEM, and the name they are made out to, which every node announces (Redis 7). */
export interface ClusterTls {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  readonly name: string;
}

/** A Redis Cluster of our own, to be broken on purpose: real processes on loopback, no persistence. */
export interface RedisCluster {
  /** Those that were made masters of slots 0–5460, 5461–10922 and 10923–16383. */
  readonly masters: readonly RedisProcess[];
  /** Of the master with the same index; empty without `replicas`. */
  readonly replicas: readonly RedisProcess[];
  /** `host:port` of every node. */
  readonly addresses: readonly string[];
  /** The slot of a key, as the server computes it. */
  slotOf(key: string): Promise<number>;
  /** The node that serves a slot now, as the first node that answers sees it. */
  ownerOf(slot: number): Promise<RedisProcess>;
  /** Moves a slot with its keys to another master, as resharding does. */
  migrateSlot(slot: number, from: RedisProcess, to: RedisProcess): Promise<void>;
  /** The same step by step: between them clients are sent on by ASK. */
  beginMigration(slot: number, from: RedisProcess, to: RedisProcess): Promise<SlotMigration>;
  /** Makes a replica the master in place of its own, which stays as its replica; resolves when it is. */
  failover(replica: RedisProcess): Promise<void>;
  /** Starts one more node and makes it a replica of a master; resolves when it has its data and all know it. */
  addReplica(master: RedisProcess): Promise<RedisProcess>;
  /** Ends a node for good, and the others forget it. One that serves slots takes them with it. */
  remove(node: RedisProcess): Promise<void>;
  /** From now on a master's replicas miss what it writes, though they hear on the bus that it lives. */
  stopReplication(master: RedisProcess): Promise<void>;
  /** Undoes {@link stopReplication}. */
  resumeReplication(master: RedisProcess): Promise<void>;
  /** Resolves when every running node says that all slots are served; at most 30 s. */
  healthy(): Promise<void>;
  /** Ends all nodes for good. Safe to call twice. */
  stop(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;
const READY_WITHIN_MS = 60_000;
/** The server gives up a planned fail-over that is not through after 5 s, as on a busy machine, and does not say so. */
const FAILOVER_GIVEN_UP_AFTER_MS = 6_000;
/** The port on which nodes speak to one another, counted from the one of clients. */
const BUS_OFFSET = 10_000;
const LAST_PORT = 65_535;

/**
 * Starts a Cluster of three masters and waits until all slots are served: some 2.5 s, for a master serves nothing in its
 * first two seconds.
 *
 * @throws Error when a node does not come up or they do not find one another, with what they say
 */
export async function startCluster({
  replicas = 0,
  nodeTimeoutMs = 2_000,
  args = [],
  password,
  tls,
}: ClusterOptions = {}): Promise<RedisCluster> {
  const words = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
  // Replication begins at once, and a replica of any age may take over.
  words.push('--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0', ...args);
  if (password) words.push('--masterauth', password);
  const started = await Promise.allSettled(
    Array.from({ length: MASTERS * (1 + replicas) }, () => startNode(words, password, tls)),
  );
  const members = started.flatMap((node) => (node.status === 'fulfilled' ? node.value : []));
  const nodes = members.map(({ node }) => node);
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    const failed = started.find((node) => node.status === 'rejected');
    if (failed) throw failed.reason;
    await join(members);
  } catch (error) {
    await stop();
    throw error;
  }

  const ask = async (...question: string[]): Promise<string> => {
    for (const node of nodes) {
      const answer = node.running ? await node.cli(...question).catch(() => undefined) : undefined;
      if (answer !== undefined) return answer;
    }
    throw new Error(`no node of the Cluster answers ${question.join(' ')}`);
  };
  const begin = (slot: number, from: RedisProcess, to: RedisProcess) => {
    const port = members.find(({ node }) => node === to)?.port ?? to.port;
    return beginMigration(slot, from, { node: to, port }, nodes);
  };
  const setMasterAuth = async (master: RedisProcess, secret: string) => {
    const others = nodes.filter((node) => node.running && node !== master);
    await Promise.all(others.map((node) => node.cli('CONFIG', 'SET', 'masterauth', secret)));
  };
  const healthy = () => until('all slots are served', () => allOf(nodes, isHealthy));
  return {
    masters: nodes.slice(0, MASTERS),
    replicas: nodes.slice(MASTERS),
    addresses: members.map(({ port }) => `${tls?.name ?? '127.0.0.1'}:${port}`),
    slotOf: async (key) => Number(await ask('CLUSTER', 'KEYSLOT', key)),
    ownerOf: async (slot) => {
      const port = portOfOwner(await ask('CLUSTER', 'NODES'), slot);
      const owner = nodes.find((node) => node.port === port);
      if (!owner) throw new Error(`nobody serves slot ${slot}`);
      return owner;
    },
    beginMigration: begin,
    migrateSlot: async (slot, from, to) => {
      const migration = await begin(slot, from, to);
      await migration.moveKeys();
      await migration.finish();
    },
    failover: async (replica) => {
      await untilAllKnow(replica, nodes);
      let askedAt = -Infinity;
      await until('the replica is a master', async () => {
        if (/^role:master/m.test(await roleOf(replica))) return true;
        if (performance.now() - askedAt > FAILOVER_GIVEN_UP_AFTER_MS) {
          askedAt = performance.now();
          await replica.cli('CLUSTER', 'FAILOVER');
        }
        return false;
      });
      await healthy();
    },
    addReplica: async (master) => {
      const member = await startNode(words, password, tls);
      nodes.push(member.node);
      await meet(
        nodes.filter(({ running }) => running),
        [member],
      );
      members.push(member);
      await replicate(member.node, master, nodes);
      return member.node;
    },
    remove: async (node) => {
      const id = await node.cli('CLUSTER', 'MYID');
      await node.stop();
      nodes.splice(nodes.indexOf(node), 1);
      await Promise.all(
        nodes.filter(({ running }) => running).map((other) => other.cli('CLUSTER', 'FORGET', id)),
      );
    },
    // Not by its right to PSYNC: who is refused that falls back to SYNC, and when it is let in then it knows no offset,
    // with which no replica takes over as planned.
    stopReplication: async (master) => {
      await setMasterAuth(master, 'not the one');
      await master.cli('CLIENT', 'KILL', 'TYPE', 'replica');
    },
    resumeReplication: (master) => setMasterAuth(master, password ?? ''),
    healthy,
    stop,
  };
}

interface Member {
  readonly node: RedisProcess;
  /** By which the others know it; the one of the bus is counted from it. */
  readonly port: number;
}

/** The port of the bus must be free as well. */
function startNode(args: string[], password?: string, tls?: ClusterTls): Promise<Member> {
  return onFreePort(undefined, async (port) => {
    const bus = port + BUS_OFFSET;
    if (bus > LAST_PORT || !(await isPortFree(bus))) throw new Error('address already in use');
    if (!tls) return { node: await startRedis({ port, args, password }), port };
    const node = await startRedis({ args: [...args, ...tlsWords(port, tls)], password });
    return { node, port };
  });
}

function tlsWords(port: number, { certificate, key, authority, name }: ClusterTls): string[] {
  return [
    ...['--tls-port', String(port), '--tls-cluster', 'yes', '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', authority],
    ...['--cluster-announce-hostname', name, '--cluster-preferred-endpoint-type', 'hostname'],
  ];
}

async function join(members: readonly Member[]): Promise<void> {
  const nodes = members.map(({ node }) => node);
  const others = members.slice(1);
  await Promise.all(
    nodes.map(async (node, i) => {
      await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
      if (i >= MASTERS) return;
      const from = Math.ceil((SLOTS * i) / MASTERS);
      const slots = Math.ceil((SLOTS * (i + 1)) / MASTERS) - from;
      await node.cli('CLUSTER', 'ADDSLOTS', ...Array.from({ length: slots }, (_, n) => String(from + n)));
    }),
  );
  await meet(nodes, others);
  await Promise.all(nodes.slice(MASTERS).map((node, i) => replicate(node, nodes[i] as RedisProcess, nodes)));
  await until('all slots are served', () => allOf(nodes, isHealthy));
}

/** @param nodes all that run, those who are new among them */
async function meet(nodes: readonly RedisProcess[], fresh: readonly Member[]): Promise<void> {
  const [first] = nodes as [RedisProcess];
  for (const { port } of fresh) await first.cli('CLUSTER', 'MEET', '127.0.0.1', String(port));
  await until('all nodes know one another', () => allOf(nodes, (node) => knowsAll(node, nodes.length)));
}

/** @param nodes of the Cluster: a failover waits for those who know of it */
async function replicate(
  node: RedisProcess,
  master: RedisProcess,
  nodes: readonly RedisProcess[],
): Promise<void> {
  await node.cli('CLUSTER', 'REPLICATE', await master.cli('CLUSTER', 'MYID'));
  await until('a replica has its data', async () => /^master_link_status:up/m.test(await roleOf(node)));
  await untilAllKnow(node, nodes);
}

/** A master that has not heard yet that it has this replica does not listen to it, and says nothing. */
async function untilAllKnow(replica: RedisProcess, nodes: readonly RedisProcess[]): Promise<void> {
  const view = (node: RedisProcess) => node.cli('CLUSTER', 'NODES').catch(() => '');
  const own = (await view(replica)).split('\n').find((line) => line.includes('myself')) ?? '';
  const [id, , , master] = own.split(' ');
  const listed = new RegExp(`^${id} \\S+ \\S*slave\\S* ${master} `, 'm');
  await until('all know whose replica it is', () =>
    allOf(nodes, async (node) => listed.test(await view(node))),
  );
}

async function allOf(
  nodes: readonly RedisProcess[],
  holds: (node: RedisProcess) => Promise<boolean>,
): Promise<boolean> {
  const answers = await Promise.all(nodes.filter(({ running }) => running).map(holds));
  return answers.every(Boolean);
}

/** Not only by name: until they have shaken hands, they do not count each other. */
async function knowsAll(node: RedisProcess, count: number): Promise<boolean> {
  const lines = (await node.cli('CLUSTER', 'NODES')).split('\n').filter((line) => !line.includes('noaddr'));
  return lines.length === count && !lines.some((line) => line.includes('handshake'));
}

async function isHealthy(node: RedisProcess): Promise<boolean> {
  return (await node.cli('CLUSTER', 'INFO').catch(() => '')).includes('cluster_state:ok');
}

function roleOf(node: RedisProcess): Promise<string> {
  return node.cli('INFO', 'replication').catch(() => '');
}

/** From `CLUSTER NODES`: id, address, flags, …, and from the ninth word on the ranges of slots. */
function portOfOwner(nodes: string, slot: number): number | undefined {
  for (const line of nodes.split('\n')) {
    const [, address = '', flags = '', , , , , , ...ranges] = line.trim().split(' ');
    if (!flags.includes('master') || flags.includes('fail')) continue;
    const serves = ranges.some((range) => {
      const [from = NaN, to = from] = range.split('-').map(Number);
      return slot >= from && slot <= to;
    });
    if (serves) return Number(/:(\d+)/.exec(address)?.[1]);
  }
  return undefined;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  if (await pollUntil(condition, READY_WITHIN_MS)) return;
  throw new Error(`the Cluster is not ready within ${READY_WITHIN_MS / 1_000} s: not true that ${what}`);
}
