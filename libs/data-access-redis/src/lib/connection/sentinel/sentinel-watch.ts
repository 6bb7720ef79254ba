import { EventEmitter } from 'node:events';
import type { RedisMetrics } from '../../observability/redis-metrics';
import { sentinelNodeConfig } from '../../config/redis.config';
import type { RedisConfig } from '../../config/redis.config';
import type { NodeAddress } from '../cluster/cluster-slots';
import { RedisConnection } from '../redis-connection';
import { RedisConfigError, RedisError } from '../redis.errors';
import { outsideRedisScope } from '../request-scope';
import { parseMaster, parsePeers } from './sentinel-replies';
import type { MasterView, Peer } from './sentinel-replies';

/** How often a sentinel is asked when it tells nothing by itself: its word may have been lost, or the link be dead. */
const ASK_EVERY_MS = 1_000;
/** A sentinel that takes longer is not there, also for those who let their own commands take longer. */
const ANSWERS_WITHIN_MS = 2_000;
const SWITCH_CHANNEL = '+switch-master';

interface WatchEvents {
  /** It has answered, or cannot be asked any more. */
  changed: [];
  /** It cannot be asked, and this is why. */
  failed: [error: RedisError];
}

/** One sentinel: asked every second, and at once when it tells of a fail-over (which it can under RESP3). */
export class SentinelWatch extends EventEmitter<WatchEvents> {
  /** What it says of the master; undefined while it says nothing. */
  view: MasterView | undefined;
  /** Its own id, by which others name it. */
  id: string | undefined;
  peers: readonly Peer[] = [];
  /** It has answered once, or could not be reached. */
  settled = false;
  readonly #connection: RedisConnection;
  readonly #patienceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #again = false;
  #closed = false;

  /**
   * @param learned it was not configured, but named by another
   * @param askEveryMs between an answer and the next question, when it tells nothing by itself
   */
  constructor(
    readonly address: NodeAddress,
    readonly learned: boolean,
    private readonly name: string,
    config: RedisConfig,
    metrics: RedisMetrics,
    private readonly askEveryMs = ASK_EVERY_MS,
  ) {
    super();
    const connection = new RedisConnection(sentinelNodeConfig(config, address), 'sentinel', metrics);
    this.#connection = connection;
    this.#patienceMs = Math.min(config.commandTimeoutMs, ANSWERS_WITHIN_MS);
    connection.on('usable', () => void this.#begin());
    connection.on('lost', () => this.#silent());
    connection.on('failed', (error) => {
      this.#silent();
      this.emit('failed', error);
    });
    connection.on('message', (channel) => {
      if (channel === SWITCH_CHANNEL) this.ask();
    });
  }

  connect(): void {
    void this.#connection.connect();
  }

  /** Asks where the master is, now or once more when it is being asked. */
  ask(): void {
    if (this.#closed || !this.#connection.usable) return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#asking = true;
    void outsideRedisScope(() => this.#look()).then(() => {
      this.#asking = false;
      if (this.#closed) return;
      this.settled = true;
      this.emit('changed');
      if (this.#again) {
        this.#again = false;
        return this.ask();
      }
      this.#timer = outsideRedisScope(() => setTimeout(() => this.ask(), this.askEveryMs));
      this.#timer.unref();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#connection.close();
  }

  async #begin(): Promise<void> {
    this.ask();
    if (this.#connection.protocol === 2) return; // once subscribed it could not be asked any more
    await this.#connection
      .run('subscribe', (driver) => driver.subscribe(SWITCH_CHANNEL))
      .catch(() => undefined);
  }

  #silent(): void {
    this.view = undefined;
    this.settled = true;
    if (!this.#closed) this.emit('changed');
  }

  async #look(): Promise<void> {
    const ask = (...words: string[]) =>
      this.#connection.run('sentinel', (driver) => driver.call('SENTINEL', ...words), this.#patienceMs);
    try {
      const [master, address, peers, id] = await Promise.all([
        ask('MASTER', this.name),
        ask('GET-MASTER-ADDR-BY-NAME', this.name),
        ask('SENTINELS', this.name),
        // Before 6.2 it does not say.
        ask('MYID').catch(() => undefined),
      ]);
      this.view = parseMaster(master, address);
      this.peers = parsePeers(peers);
      this.id = id === undefined ? undefined : String(id);
    } catch (error) {
      this.view = undefined;
      if (this.#closed || !(error instanceof RedisError)) return;
      const { host, port } = this.address;
      const unknown = new RedisConfigError([
        `the sentinel ${host}:${port} watches no master of the name in REDIS_SENTINEL_NAME; "SENTINEL MASTERS" lists those it does`,
      ]);
      this.emit('failed', error.code === 'REDIS_USAGE' ? unknown : error);
    }
  }
}
