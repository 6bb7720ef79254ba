import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import type { RedisConfig } from '../../config/redis.config';
import type { RedisMetrics } from '../../observability/redis-metrics';
import type { RedisConnection } from '../redis-connection';
import type { Dataset, LinkEvents, RedisLink } from '../redis-link';
import { closedError, RedisError, RedisUnavailableError } from '../redis.errors';
import { serverState } from '../redis-state';
import type { RedisState } from '../redis-state';
import { currentRedisScope } from '../request-scope';
import type { RedisRequestScope } from '../request-scope';
import type { ServerFacts } from '../server-facts';
import { ClusterNodes } from './cluster-nodes';
import { keySlot } from './key-slot';
import { RoutedCommand } from './routed-command';

/**
 * A Redis Cluster: each command goes to the master that serves its key, over a connection that is bounded, watched and
 * given up exactly as the one to a standalone server is. Where one master is lost, the others are used as before.
 */
export class ClusterLink extends EventEmitter<LinkEvents> implements RedisLink {
  readonly clustered = true;
  readonly #nodes: ClusterNodes;

  constructor(
    private readonly config: RedisConfig & { cluster: NonNullable<RedisConfig['cluster']> },
    metrics: RedisMetrics,
  ) {
    super();
    this.#nodes = new ClusterNodes(config, metrics);
    this.#nodes.on('usable', () => this.emit('usable'));
    this.#nodes.on('lost', () => this.emit('lost'));
    this.#nodes.on('masters', () => this.emit('masters'));
  }

  connect(): Promise<void> {
    return this.#nodes.connect();
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  get masters(): readonly RedisConnection[] {
    return this.#nodes.masters;
  }

  get usable(): boolean {
    return this.masters.some(({ usable }) => usable);
  }

  /** The master that serves a key, if it is known. */
  masterOf(key: string): RedisConnection | undefined {
    return this.#nodes.slots.ownerOf(keySlot(key));
  }

  datasetOf(key: string): Dataset {
    const { slots } = this.#nodes;
    const slot = keySlot(key);
    return () => slots.datasetOf(slot);
  }

  get facts(): ServerFacts | undefined {
    const all = this.masters.flatMap(({ facts }) => facts ?? []);
    const [first] = all;
    if (!first) return undefined;
    const newest = all.reduce((a, b) => (b.receivedAt > a.receivedAt ? b : a));
    return {
      ...newest,
      protocol: all.some(({ protocol }) => protocol === 2) ? 2 : 3,
      tracks: all.every(({ tracks }) => tracks),
      evicts: all.some(({ evicts }) => evicts),
    };
  }

  get state(): RedisState {
    const states = this.masters.map(({ state }) => state);
    const ready = states.filter((state) => state.ready).length;
    const errors = states.flatMap(({ lastError }) => lastError ?? []);
    const lastError = [...errors, ...(this.#nodes.lastError ? [this.#nodes.lastError] : [])]
      .sort((a, b) => a.at.localeCompare(b.at))
      .at(-1);
    return {
      status: this.#nodes.closed
        ? 'closed'
        : this.#nodes.whole
          ? 'ready'
          : states.some(({ status }) => status !== 'connecting')
            ? 'degraded'
            : 'connecting',
      ready: ready > 0,
      circuit: states.some(({ circuit }) => circuit === 'open') ? 'open' : 'closed',
      server: serverState(this.config, this.facts),
      cluster: { masters: states.length, ready },
      reconnects: this.#nodes.reconnects,
      ...(lastError && { lastError }),
    };
  }

  run<R>(command: string, send: (driver: Redis) => Promise<R>, timeoutMs?: number, key?: string): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.dispatch(command, send, timeoutMs, resolve, reject, currentRedisScope(), key);
    });
  }

  dispatch<R>(
    command: string,
    send: (driver: Redis) => Promise<R>,
    timeoutMs = this.config.commandTimeoutMs,
    resolve: (reply: R) => void,
    reject: (error: RedisError) => void,
    scope?: RedisRequestScope,
    key?: string | number,
  ): void {
    const slot = typeof key === 'string' ? keySlot(key) : key;
    const node = slot === undefined ? this.#anyMaster() : this.#nodes.slots.ownerOf(slot);
    if (!node) return reject(this.#unserved(command));
    new RoutedCommand(this.#nodes, command, send, timeoutMs, resolve, reject, scope, slot).send(node);
  }

  gatherTick(): void {
    for (const master of this.masters) master.gatherTick();
  }

  #anyMaster(): RedisConnection | undefined {
    const usable = this.masters.filter((master) => master.usable);
    return usable[Math.floor(Math.random() * usable.length)] ?? this.masters[0];
  }

  #unserved(command: string): RedisError {
    if (this.#nodes.closed) return closedError(command);
    this.#nodes.refreshSoon();
    const { lastError } = this.#nodes;
    if (this.masters.length > 0) {
      return new RedisError('REDIS_BUSY', 'No master of the Cluster serves the key.', { command });
    }
    return new RedisUnavailableError('No node of the Cluster is connected.', {
      command,
      ...(lastError && { reason: lastError.code }),
    });
  }
}
