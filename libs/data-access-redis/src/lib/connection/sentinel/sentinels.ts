import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { RedisConfig } from '../../config/redis.config';
import type { SentinelConfig } from '../../config/sentinel-options';
import type { RedisMetrics } from '../../observability/redis-metrics';
import { addressKey } from '../cluster/cluster-slots';
import type { NodeAddress } from '../cluster/cluster-slots';
import { FailureLog } from '../failure-log';
import { RedisConfigError } from '../redis.errors';
import type { RedisState } from '../redis-state';
import { chooseMaster } from './choose-master';
import type { MasterView } from './sentinel-replies';
import { SentinelWatch } from './sentinel-watch';

/** At the start the first answer may be that of a sentinel that is behind: the others are waited for, but not longer. */
const OTHERS_WITHIN_MS = 200;
/** A sentinel that others name but that cannot be reached from here is left out for so long. */
const LEAVE_OUT_MS = 60_000;
/** How long it is tried before. */
const TRY_MS = 5_000;
const REPLICA_FOR_MS = 1_000;

interface SentinelsEvents {
  /** Another server is the master. */
  master: [address: NodeAddress];
  /** All have been asked, and none names one. */
  silent: [];
}

/** All sentinels of one master: those that are configured and those they name; and what they say, weighed. */
export class Sentinels extends EventEmitter<SentinelsEvents> {
  readonly #watches = new Map<string, SentinelWatch>();
  readonly #failures = new FailureLog(new Logger('Redis:sentinels'));
  readonly #leftOut = new Map<string, number>();
  /** `performance.now()` since when a learned sentinel has not answered. */
  readonly #silentSince = new Map<string, number>();
  readonly #replicas = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #current: MasterView | undefined;
  #others: 'unasked' | 'awaited' | 'late' = 'unasked';
  #closed = false;

  /** @param works whether the master that was named last is connected, and is one */
  constructor(
    private readonly config: RedisConfig & { sentinel: SentinelConfig },
    private readonly metrics: RedisMetrics,
    private readonly works: () => boolean,
  ) {
    super();
  }

  get known(): number {
    return this.#watches.size;
  }

  /** How many say where the master is. */
  get answering(): number {
    return this.#views.length;
  }

  get lastError(): RedisState['lastError'] {
    return this.#failures.lastError;
  }

  connect(): void {
    for (const address of this.config.sentinel.nodes) this.#watch(address, false);
  }

  /** Something is wrong with the master. */
  ask(): void {
    for (const watch of this.#watches.values()) watch.ask();
  }

  /** The server has said that it is no master: for a moment, others of the same epoch are believed first. */
  isReplica(address: NodeAddress): void {
    const key = addressKey(address);
    this.#replicas.add(key);
    this.#later(REPLICA_FOR_MS, () => this.#replicas.delete(key));
    this.ask();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#watches.values()].map((watch) => watch.close()));
  }

  get #views(): MasterView[] {
    return [...this.#watches.values()].flatMap(({ view }) => view ?? []);
  }

  get #allSettled(): boolean {
    return [...this.#watches.values()].every(({ settled }) => settled);
  }

  #watch(address: NodeAddress, learned: boolean): void {
    const key = addressKey(address);
    if (this.#watches.has(key)) return;
    const watch = new SentinelWatch(address, learned, this.config.sentinel.name, this.config, this.metrics);
    this.#watches.set(key, watch);
    watch.on('failed', (error) => {
      if (error instanceof RedisConfigError) this.#failures.notConnected(error);
      else this.#failures.remember(error); // its connection has logged it
    });
    watch.on('changed', () => {
      if (this.#closed || this.#watches.get(key) !== watch) return;
      this.#tidy(key, watch);
      this.#learn(watch);
      this.#decide();
    });
    watch.connect();
  }

  /** Of a sentinel that was learned, whether it is worth its connection. */
  #tidy(key: string, watch: SentinelWatch): void {
    if (!watch.learned) return;
    if (watch.view) this.#silentSince.delete(key);
    const since = this.#silentSince.get(key) ?? performance.now();
    if (!watch.view) this.#silentSince.set(key, since);
    const same = [...this.#watches.values()].some(
      (other) => other !== watch && other.id && other.id === watch.id,
    );
    if (!same && performance.now() - since < TRY_MS) return;
    this.#watches.delete(key);
    this.#silentSince.delete(key);
    this.#leftOut.set(key, performance.now() + LEAVE_OUT_MS);
    void watch.close();
  }

  #learn({ peers }: SentinelWatch): void {
    const ids = new Set([...this.#watches.values()].map(({ id }) => id));
    for (const { address, id, alive } of peers) {
      const until = this.#leftOut.get(addressKey(address)) ?? 0;
      if (alive && !ids.has(id) && until < performance.now()) this.#watch(address, true);
    }
  }

  #decide(): void {
    const views = this.#views;
    if (views.length === 0) {
      if (this.#allSettled) this.emit('silent');
      return;
    }
    if (!this.#current && this.#waitsForOthers()) return;
    const chosen = chooseMaster({
      current: this.#current,
      works: this.works(),
      views,
      sentinels: this.known,
      replicas: this.#replicas,
    });
    if (!chosen) return;
    const moved = !this.#current || addressKey(chosen.address) !== addressKey(this.#current.address);
    this.#current = chosen;
    if (moved) this.emit('master', chosen.address);
  }

  #waitsForOthers(): boolean {
    if (this.#allSettled) return false;
    if (this.#others === 'unasked') {
      this.#others = 'awaited';
      this.#later(OTHERS_WITHIN_MS, () => {
        this.#others = 'late';
        this.#decide();
      });
    }
    return this.#others === 'awaited';
  }

  #later(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}
