import { EventEmitter } from 'node:events';
import { nodeConfig } from '../../config/redis.config';
import type { RedisConfig } from '../../config/redis.config';
import type { RedisMetrics } from '../../observability/redis-metrics';
import { RedisConnection } from '../redis-connection';
import type { LinkEvents } from '../redis-link';
import type { RedisState } from '../redis-state';
import { outsideRedisScope } from '../request-scope';
import { addressKey } from './cluster-slots';
import type { NodeAddress, SlotRange } from './cluster-slots';
import { shuffled } from './shuffled';
import { SlotInquiry } from './slot-inquiry';
import { SlotTable } from './slot-table';

/** How often the Cluster is asked who serves what, when nothing says that it has changed. */
const REFRESH_EVERY_MS = 10_000;
/** Pauses while a master is missing. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1_000;
/** However many ask for it, it is not asked more often. */
const REFRESH_AT_MOST_EVERY_MS = 100;
/** A master without slots is not listed, but clients are sent to it while it gets its first. */
const KEEP_REDIRECTED_MS = 30_000;
const BOOT_PATIENCE_MS = 1_000;
/** Of those that are known besides the configured nodes, so many are asked at once when all masters are gone. */
const MOST_KNOWN_ASKED = 12;

interface Node {
  readonly address: NodeAddress;
  readonly connection: RedisConnection;
  readonly connected: Promise<void>;
  /** `performance.now()` until which it stays though it has not been listed yet, unless it is gone. */
  keepUntil: number;
}

/** The masters of a Cluster, a connection to each, and which of them serves which slot. */
export class ClusterNodes extends EventEmitter<LinkEvents> {
  readonly #inquiry = new SlotInquiry();
  readonly #nodes = new Map<string, Node>();
  readonly #slots = new SlotTable();
  #masters: readonly RedisConnection[] = [];
  /** Masters and replicas as they were listed last, by their addresses. */
  #known = new Map<string, NodeAddress>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #refreshedAt = -Infinity;
  #retryMs = FIRST_RETRY_MS;
  /** Asked first, for it knows of the newest change. */
  #informed: RedisConnection | undefined;
  #refreshing: Promise<void> | undefined;
  readonly #awaited = new WeakMap<RedisConnection, Promise<void>>();
  /** Of those that were let go. */
  #formerReconnects = 0;
  #closed = false;

  constructor(
    private readonly config: RedisConfig & { cluster: NonNullable<RedisConfig['cluster']> },
    private readonly metrics: RedisMetrics,
  ) {
    super();
  }

  get masters(): readonly RedisConnection[] {
    return this.#masters;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Of all its masters, those before them too. */
  get reconnects(): number {
    return this.#masters.reduce((sum, { state }) => sum + state.reconnects, this.#formerReconnects);
  }

  /** Why the Cluster is not known, if it is not. */
  get lastError(): RedisState['lastError'] {
    return this.#inquiry.lastError;
  }

  /** All slots are served, and all who serve them are there. */
  get whole(): boolean {
    return this.#slots.covered && this.#masters.every(({ usable }) => usable);
  }

  get slots(): Pick<SlotTable, 'ownerOf' | 'datasetOf'> {
    return this.#slots;
  }

  /** Finds the Cluster and gives its masters a moment to answer; never rejects. */
  async connect(): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, BOOT_PATIENCE_MS);
    });
    const found = this.#refresh().then(() =>
      Promise.all([...this.#nodes.values()].map(({ connected }) => connected)),
    );
    await Promise.race([found, late]);
    clearTimeout(patience);
  }

  /** @param inMs when to ask who serves what, at the latest */
  refreshSoon(inMs = 0): void {
    if (this.#closed) return;
    const now = performance.now();
    const dueAt = Math.max(now + inMs, this.#refreshedAt + REFRESH_AT_MOST_EVERY_MS);
    if (this.#dueAt <= dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = outsideRedisScope(() => setTimeout(() => this.#due(), dueAt - now));
    this.#timer.unref();
  }

  /** A master has said that a slot is another's now. */
  moved(slot: number, address: NodeAddress): RedisConnection {
    const owner = this.at(address);
    if (this.#slots.assign(slot, slot, owner)) this.emit('masters');
    this.#informed = owner;
    this.refreshSoon();
    return owner;
  }

  /** The connection to a node that clients are sent to. */
  at(address: NodeAddress): RedisConnection {
    const key = addressKey(address);
    const known = this.#nodes.get(key);
    const node = known ?? this.#open(this.#known.get(key) ?? address);
    node.keepUntil = performance.now() + KEEP_REDIRECTED_MS;
    if (!known) this.#changed();
    return node.connection;
  }

  /** Resolves when it is usable, or was dropped, for all who wait for that; neither may ever happen. */
  settled(connection: RedisConnection): Promise<void> {
    const known = this.#awaited.get(connection);
    if (known) return known;
    const settled = new Promise<void>((resolve) => {
      const done = () => {
        this.#awaited.delete(connection);
        connection.off('usable', done).off('closed', done);
        resolve();
      };
      connection.on('usable', done).on('closed', done);
    });
    this.#awaited.set(connection, settled);
    return settled;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#refreshing;
    await Promise.all([...this.#nodes.values()].map(({ connection }) => connection.close()));
  }

  #due(): void {
    this.#dueAt = Infinity;
    // What is being asked now may have been answered before the change that this is about.
    if (this.#refreshing) this.refreshSoon(REFRESH_AT_MOST_EVERY_MS);
    else void this.#refresh();
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= outsideRedisScope(async () => {
      if (!this.#closed) {
        if (!(await this.#askNodes())) await this.#askSeeds();
        this.#refreshedAt = performance.now();
        this.#retryMs = this.whole ? FIRST_RETRY_MS : Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
        const everyMs = REFRESH_EVERY_MS * (0.75 + Math.random() / 2);
        this.refreshSoon(this.whole ? everyMs : this.#retryMs);
      }
    }).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #askNodes(): Promise<boolean> {
    const usable = shuffled(this.#masters.filter((node) => node.usable));
    const informed = usable.filter((node) => node === this.#informed);
    this.#informed = undefined;
    const ranges = await this.#inquiry.ofOneOf([...new Set([...informed, ...usable])]);
    if (ranges) this.#apply(ranges);
    return ranges !== undefined;
  }

  /**
   * At the start, and when all masters are gone: whoever answers first of the configured nodes, and of those that were
   * listed last, for the configured ones may have been replaced long ago.
   */
  async #askSeeds(): Promise<void> {
    const addresses = new Map(this.config.cluster.nodes.map((node) => [addressKey(node), node]));
    const others = [...this.#known].filter(([key]) => !addresses.has(key));
    for (const [key, address] of shuffled(others).slice(0, MOST_KNOWN_ASKED)) addresses.set(key, address);
    const spare = new Map<string, Node>();
    const asked = [...addresses].map(async ([key, address]) => {
      if (this.#nodes.has(key)) return Promise.reject(new Error('asked already'));
      const node = this.#dial(address);
      spare.set(key, node);
      await node.connected;
      return this.#inquiry.of(node.connection);
    });
    const answer = await Promise.any(asked).catch(() => undefined);
    if (answer && !this.#closed) this.#apply(this.#inquiry.found(answer.ranges), spare);
    for (const [key, { connection }] of spare) {
      if (this.#nodes.get(key)?.connection !== connection) void connection.close();
    }
  }

  #apply(ranges: readonly SlotRange[], spare?: ReadonlyMap<string, Node>): void {
    if (this.#closed || ranges.length === 0) return;
    const listed = new Set<string>();
    let changed = false;
    this.#known = new Map();
    for (const { from, to, master, replicas } of ranges) {
      for (const node of [master, ...replicas]) this.#known.set(addressKey(node), node);
      const key = addressKey(master);
      listed.add(key);
      let node = this.#nodes.get(key);
      // A node that clients were sent to before it was listed: now it is known by which name it can be checked.
      if (node?.address.name !== master.name && !node?.connection.usable) {
        void node?.connection.close();
        node = undefined;
      }
      if (!node) {
        node = this.#open(master, spare?.get(key));
        changed = true;
      }
      node.keepUntil = 0;
      if (this.#slots.assign(from, to, node.connection)) changed = true;
    }
    if (this.#slots.keepOnly(ranges)) changed = true;
    if (this.#dropUnlisted(listed)) changed = true;
    if (changed) this.#changed();
  }

  /** @returns whether there were any */
  #dropUnlisted(listed: ReadonlySet<string>): boolean {
    const now = performance.now();
    const owners = this.#slots.owners();
    let dropped = false;
    for (const [key, { connection, keepUntil }] of this.#nodes) {
      const stays = keepUntil > now && connection.state.status !== 'degraded';
      if (listed.has(key) || stays || owners.has(connection)) continue;
      this.#nodes.delete(key);
      this.#formerReconnects += connection.state.reconnects;
      dropped = true;
      void connection.close();
    }
    return dropped;
  }

  #changed(): void {
    this.#masters = [...this.#nodes.values()].map(({ connection }) => connection);
    this.emit('masters');
  }

  /** @param spare a connection to it that stands already */
  #open(address: NodeAddress, spare?: Node): Node {
    const node = spare ?? this.#dial(address);
    const { connection } = node;
    this.#nodes.set(addressKey(address), node);
    const isOurs = () => this.#nodes.get(addressKey(address)) === node;
    const usable = () => {
      if (!isOurs()) return;
      this.emit('usable');
      this.refreshSoon(); // it may have come back as somebody's replica
    };
    connection.on('usable', usable);
    connection.on('masters', () => {
      if (isOurs()) this.emit('masters');
    });
    connection.on('lost', () => {
      if (!isOurs()) return;
      this.emit('lost');
      this.refreshSoon();
    });
    if (connection.usable) queueMicrotask(usable);
    return node;
  }

  #dial(address: NodeAddress): Node {
    const connection = new RedisConnection(nodeConfig(this.config, address), 'cmd', this.metrics);
    connection.setMaxListeners(0); // any number of commands may have been sent on to it before it is connected
    return { address, connection, connected: connection.connect(), keepUntil: 0 };
  }
}
