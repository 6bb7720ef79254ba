import { EventEmitter, once } from 'node:events';
import type { Redis } from 'ioredis';
import { nodeConfig } from '../../config/redis.config';
import type { RedisConfig } from '../../config/redis.config';
import type { SentinelConfig } from '../../config/sentinel-options';
import type { RedisMetrics } from '../../observability/redis-metrics';
import type { NodeAddress } from '../cluster/cluster-slots';
import { RedisConnection } from '../redis-connection';
import type { Dataset, LinkEvents, MastersLink } from '../redis-link';
import { closedError, RedisUnavailableError } from '../redis.errors';
import type { RedisError } from '../redis.errors';
import { serverState } from '../redis-state';
import type { RedisState } from '../redis-state';
import { currentRedisScope, outsideRedisScope } from '../request-scope';
import type { RedisRequestScope } from '../request-scope';
import type { ServerFacts } from '../server-facts';
import { FollowedCommand } from './followed-command';
import type { Followed } from './followed-command';
import { Sentinels } from './sentinels';

const BOOT_PATIENCE_MS = 1_000;

/**
 * A master that sentinels watch, over a connection that is bounded, watched and given up exactly as the one to a
 * standalone server is. When they name another, that one gets a connection of its own and all that comes from then on;
 * the old one answers what it was sent, and is left.
 */
export class SentinelLink extends EventEmitter<LinkEvents> implements MastersLink, Followed {
  readonly clustered = false;
  readonly #sentinels: Sentinels;
  #master: RedisConnection | undefined;
  #leaving: Promise<void> = Promise.resolve();
  #moving = false;
  /** Those who wait for the new master. */
  readonly #waiting = new Set<() => void>();
  #reconnects = 0;
  #connectedOnce = false;
  #closed = false;

  constructor(
    private readonly config: RedisConfig & { sentinel: SentinelConfig },
    private readonly metrics: RedisMetrics,
  ) {
    super();
    this.#sentinels = new Sentinels(config, metrics, () => this.usable);
    this.#sentinels.on('master', (address) => this.#moveTo(address));
  }

  get master(): RedisConnection | undefined {
    return this.#master;
  }

  get moving(): boolean {
    return this.#moving;
  }

  get masters(): readonly RedisConnection[] {
    return this.#master ? [this.#master] : [];
  }

  datasetOf(): Dataset {
    return () => this.#master?.dataset;
  }

  masterOf(): RedisConnection | undefined {
    return this.#master;
  }

  get usable(): boolean {
    return this.#master?.usable ?? false;
  }

  get facts(): ServerFacts | undefined {
    return this.#master?.facts;
  }

  get state(): RedisState {
    const { name } = this.config.sentinel;
    const state = this.#master?.state;
    const errors = [this.#sentinels.lastError, state?.lastError].flatMap((error) => error ?? []);
    const lastError = errors.sort((a, b) => a.at.localeCompare(b.at)).at(-1);
    const absent = this.#connectedOnce ? 'degraded' : 'connecting';
    return {
      status: this.#closed ? 'closed' : this.usable ? 'ready' : absent,
      ready: this.usable,
      circuit: state?.circuit ?? 'closed',
      server: state?.server ?? serverState(this.config, undefined),
      sentinel: { master: name, known: this.#sentinels.known, answering: this.#sentinels.answering },
      reconnects: this.#reconnects + (state?.reconnects ?? 0),
      ...(lastError && { lastError }),
    };
  }

  async connect(): Promise<void> {
    const silent = once(this.#sentinels, 'silent');
    outsideRedisScope(() => this.#sentinels.connect());
    await Promise.race([this.usableWithin(BOOT_PATIENCE_MS), silent]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settled();
    await Promise.all([this.#sentinels.close(), this.#leaving, this.#master?.close()]);
  }

  run<R>(command: string, send: (driver: Redis) => Promise<R>, timeoutMs?: number): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.gatherTick();
      this.dispatch(command, send, timeoutMs, resolve, reject, currentRedisScope());
    });
  }

  dispatch<R>(
    command: string,
    send: (driver: Redis) => Promise<R>,
    timeoutMs = this.config.commandTimeoutMs,
    resolve: (reply: R) => void,
    reject: (error: RedisError) => void,
    scope?: RedisRequestScope,
  ): void {
    new FollowedCommand(this, command, send, timeoutMs, resolve, reject, scope).send();
  }

  gatherTick(): void {
    this.#master?.gatherTick();
  }

  usableWithin(ms: number): Promise<boolean> {
    if (this.usable) return Promise.resolve(true);
    return new Promise((resolve) => {
      const tell = () => {
        clearTimeout(timer);
        this.#waiting.delete(tell);
        resolve(this.usable);
      };
      const timer = setTimeout(tell, ms);
      timer.unref();
      this.#waiting.add(tell);
    });
  }

  demoted(master: RedisConnection): void {
    master.reconnect(); // it is not used from this moment on
    this.#sentinels.ask();
  }

  unserved(command: string): RedisError {
    if (this.#closed) return closedError(command);
    const { lastError } = this.state;
    const what = this.#master
      ? 'The master is not connected.'
      : 'No sentinel has named a master that can be used.';
    return new RedisUnavailableError(what, { command, ...(lastError && { reason: lastError.code }) });
  }

  #moveTo(address: NodeAddress): void {
    if (this.#closed) return;
    const before = this.#master;
    const next = new RedisConnection(nodeConfig(this.config, address), 'cmd', this.metrics);
    this.#master = next;
    this.#moving = true;
    next.on('usable', () => {
      if (this.#master !== next) return;
      this.#connectedOnce = true;
      this.emit('usable');
      this.#settled();
    });
    next.on('masters', () => {
      if (this.#master === next) this.emit('masters');
    });
    next.on('lost', () => {
      if (this.#master !== next) return;
      this.#sentinels.ask();
      this.emit('lost');
    });
    next.on('failed', (error) => {
      if (this.#master !== next) return;
      if (this.#moving) this.#settled();
      if (error.reason === 'READONLY') this.#sentinels.isReplica(address);
      else this.#sentinels.ask();
    });
    if (before) {
      this.#reconnects += before.state.reconnects + 1;
      const wasUsable = before.usable;
      this.#leaving = Promise.all([this.#leaving, before.close(this.config.commandTimeoutMs)]).then(
        () => undefined,
      );
      if (wasUsable) this.emit('lost');
    }
    this.emit('masters');
    void next.connect();
  }

  #settled(): void {
    this.#moving = false;
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
  }
}
