import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { RedisConfig } from '../config/redis.config';
import { RedisMetrics } from '../observability/redis-metrics';
import { CircuitBreaker } from './circuit-breaker';
import { classifyError, countsAgainstHealth } from './classify-error';
import { createDriver } from './create-driver';
import type { ConnectionRole } from './create-driver';
import { begin, end, withDeadline } from './deadline';
import { FailureLog } from './failure-log';
import { Handshake } from './handshake';
import { Liveness } from './liveness';
import { reconnectDelay } from './reconnect-delay';
import type { Dataset, LinkEvents, RedisLink } from './redis-link';
import { serverState } from './redis-state';
import type { RedisState } from './redis-state';
import type { ServerFacts } from './server-facts';
import { TickWrites } from './tick-writes';
import { closedError, RedisTimeoutError, RedisUnavailableError } from './redis.errors';
import type { RedisError } from './redis.errors';
import { currentRedisScope, outsideRedisScope } from './request-scope';
import type { RedisRequestScope } from './request-scope';

const FAILURES_TO_OPEN = 3;
const PROBE_DELAY_MS = 250;
const MAX_PROBE_DELAY_MS = 1_000;
const BOOT_PATIENCE_MS = 1_000;
const QUIT_PATIENCE_MS = 500;

/** What losing a connection of each role means. */
const LOSS: Record<ConnectionRole, string> = {
  cmd: 'connection lost; serving without Redis until it is back',
  sub: 'connection lost; messages are missed until it is back',
  inv: 'connection lost; near caches are not used until it is back',
  sentinel: 'connection lost; the other sentinels are listened to',
};

interface ConnectionEvents extends LinkEvents {
  /** There is no connection, and this is why. */
  failed: [error: RedisError];
  /** It is not wanted any more, and will never be usable. */
  closed: [];
  /** A message of a subscribed channel, by its full name. */
  message: [channel: string, message: string];
  /** Keys that the server says have changed, by their full names; null: any may have. Only after tracking began. */
  invalidate: [keys: readonly string[] | null];
}

/**
 * One connection to one server and all that is known of it. Everything that is sent goes through {@link run},
 * which is where waits are bounded, failures counted and errors made ours.
 */
export class RedisConnection extends EventEmitter<ConnectionEvents> implements RedisLink {
  readonly clustered = false;
  readonly masters: readonly RedisConnection[] = [this];
  readonly #driver: Redis;
  readonly #breaker: CircuitBreaker;
  readonly #liveness: Liveness;
  readonly #logger: Logger;
  readonly #failures: FailureLog;
  readonly #handshake: Handshake;
  readonly #writes = new TickWrites();
  #verified = false;
  #closed = false;
  #epoch = 0;
  #facts: ServerFacts | undefined;
  #dataset: Pick<ServerFacts, 'history'> | undefined;

  constructor(
    private readonly config: RedisConfig,
    private readonly role: ConnectionRole,
    private readonly metrics: RedisMetrics,
  ) {
    super();
    const node = config.cluster || config.sentinel ? `:${config.host}:${config.port}` : '';
    this.#logger = new Logger(`Redis:${role}${node}`);
    this.#failures = new FailureLog(this.#logger);
    this.#driver = createDriver(config, role, (attempt) =>
      reconnectDelay(attempt, this.#failures.needsOperator),
    );
    this.#handshake = new Handshake(this.#driver, config, role, (cause) => this.#failed(cause));
    this.#breaker = new CircuitBreaker({
      threshold: FAILURES_TO_OPEN,
      probeDelayMs: PROBE_DELAY_MS,
      maxProbeDelayMs: MAX_PROBE_DELAY_MS,
      probe: () => this.#liveness.probe(),
      onChange: (open) => this.#circuitChanged(open),
    });
    this.#liveness = new Liveness(this.#driver, config, (why) => {
      this.#failures.remember(new RedisUnavailableError(why));
      this.reconnect();
    });
    this.#driver.on('connect', () => this.#handshake.begin());
    this.#driver.on('ready', () => void this.#becameReady());
    this.#driver.on('close', () => {
      this.#handshake.end();
      this.#liveness.stop();
      this.#lost();
    });
    this.#driver.on('error', (error) => this.#failed(error));
    if (role !== 'inv')
      this.#driver.on('message', (channel, message) => this.emit('message', channel, message));
    else this.#driver.on('messageBuffer', (_, keys) => this.emit('invalidate', namesOf(keys)));
  }

  /** Dials and gives the server a moment to answer; never rejects, for the process starts without Redis too. */
  async connect(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.once('usable', resolve);
      this.#driver.once('close', () => {
        if (!this.#handshake.inResp2) resolve();
        else this.#driver.once('close', resolve);
      });
      setTimeout(resolve, BOOT_PATIENCE_MS).unref();
    });
    outsideRedisScope(() => this.#driver.connect()).catch(() => undefined); // the reason arrives as an error event
    await settled;
  }

  /** Another connection to the same server, which has yet to be dialled. */
  beside(role: ConnectionRole): RedisConnection {
    return new RedisConnection(this.config, role, this.metrics);
  }

  get usable(): boolean {
    return this.#verified && !this.#breaker.open && !this.#closed;
  }

  /** 2 until a server has agreed to RESP3. */
  get protocol(): 2 | 3 {
    return this.#facts?.protocol ?? 2;
  }

  /** What the server said of itself when the connection was made; asked anew with each. */
  get facts(): ServerFacts | undefined {
    return this.#facts;
  }

  /** Another object whenever the server has other data than before; undefined until the first connection. */
  get dataset(): object | undefined {
    return this.#dataset;
  }

  datasetOf(): Dataset {
    return () => this.#dataset;
  }

  get state(): RedisState {
    const { lastError } = this.#failures;
    return {
      status: this.#closed ? 'closed' : this.usable ? 'ready' : this.#epoch ? 'degraded' : 'connecting',
      ready: this.usable,
      circuit: this.#breaker.open ? 'open' : 'closed',
      server: serverState(this.config, this.#facts),
      reconnects: Math.max(0, this.#epoch - 1),
      ...(lastError && { lastError }),
    };
  }

  /**
   * Sends what `send` sends and waits for at most `timeoutMs`.
   *
   * @throws RedisError; at once when the connection is not usable or the request has given up on Redis.
   */
  run<R>(command: string, send: (driver: Redis) => Promise<R>, timeoutMs?: number): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.gatherTick();
      this.dispatch(command, send, timeoutMs, resolve, reject, currentRedisScope());
    });
  }

  /**
   * {@link run} for callers that have a promise of their own, and that call {@link gatherTick} when it is worth it.
   * @param scope the request on whose behalf it is sent; none when it is for many
   */
  dispatch<R>(
    command: string,
    send: (driver: Redis) => Promise<R>,
    timeoutMs = this.config.commandTimeoutMs,
    resolve: (reply: R) => void,
    reject: (error: RedisError) => void,
    scope?: RedisRequestScope,
  ): void {
    const refusal = this.#refusal(command, scope);
    if (refusal) return reject(refusal);
    const startedAt = performance.now();
    const failed = (cause: unknown) => {
      const error = classifyError(cause, command, timeoutMs);
      this.#countFailure(error, scope);
      this.metrics.commandDone(command, error.code, performance.now() - startedAt);
      if (error.code === 'REDIS_TIMEOUT') this.#liveness.unanswered(startedAt);
      else this.#liveness.answered(startedAt);
      reject(error);
    };
    const wait = begin(timeoutMs, startedAt, () => failed(new RedisTimeoutError(command, timeoutMs)));
    send(this.#driver).then(
      (reply) => {
        this.#liveness.answered(startedAt);
        if (!end(wait)) return;
        this.#breaker.succeeded();
        this.metrics.commandDone(command, 'ok', performance.now() - startedAt);
        resolve(reply);
      },
      (error: unknown) => {
        if (end(wait)) failed(error);
        else this.#liveness.answered(startedAt);
      },
    );
  }

  /** Hangs up and dials again; for a link that is not trusted any more. */
  reconnect(): void {
    if (this.#closed || this.#driver.status !== 'ready') return;
    this.#lost();
    outsideRedisScope(() => this.#driver.disconnect(true));
  }

  /**
   * Says goodbye, and hangs up when there is no answer. Safe to call twice.
   * @param patienceMs for answers to what was sent before
   */
  async close(patienceMs = QUIT_PATIENCE_MS): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#handshake.end();
    this.#liveness.stop();
    this.#breaker.stop();
    if (this.#driver.status === 'ready') {
      await withDeadline(this.#driver.quit(), 'quit', patienceMs).catch(() => undefined);
    }
    this.#driver.disconnect();
    this.metrics.ended(this.role, this);
    this.emit('closed');
  }

  gatherTick(): void {
    if (this.#verified) this.#writes.gather(this.#driver.stream);
  }

  #refusal(command: string, scope: RedisRequestScope | undefined): RedisError | undefined {
    if (scope?.gaveUp) {
      return new RedisUnavailableError('This request has already waited for Redis once.', { command });
    }
    if (this.usable) return undefined;
    if (this.#closed) return closedError(command);
    const what = this.#breaker.open
      ? 'Redis did not answer several times in a row; the circuit is open.'
      : 'Redis is not connected.';
    const { lastError } = this.#failures;
    return new RedisUnavailableError(what, { command, ...(lastError && { reason: lastError.code }) });
  }

  #countFailure(error: RedisError, scope: RedisRequestScope | undefined): void {
    if (error.code === 'REDIS_TIMEOUT' && scope) scope.gaveUp = true;
    if (countsAgainstHealth(error)) {
      this.#failures.remember(error);
      this.#breaker.failed();
    } else {
      this.#breaker.succeeded();
    }
  }

  /** The driver is connected; commands flow only after the server has shown that it is what we think it is. */
  async #becameReady(): Promise<void> {
    const epoch = ++this.#epoch;
    try {
      this.#facts = await this.#handshake.check();
    } catch (cause) {
      if (!this.#closed) {
        this.#failed(cause);
        this.#driver.disconnect(true);
      }
      return;
    }
    if (epoch !== this.#epoch || this.#closed || this.#driver.status !== 'ready') return;
    this.#handshake.end();
    if (epoch > 1) this.metrics.reconnected(this.role);
    this.#breaker.reset();
    this.#verified = true;
    this.#failures.connected();
    this.metrics.up(this.role, this, true);
    // From the start, so that somebody who watches it sees that there is nothing to see.
    this.metrics.circuit(this.role, this, this.#breaker.open);
    this.#logger.log(
      `connected (server ${this.#facts.version ?? 'of unknown version'}, RESP${this.#facts.protocol}, database ${this.config.db})`,
    );
    const { history } = this.#facts;
    if (history === undefined || history !== this.#dataset?.history) {
      const first = this.#dataset === undefined;
      this.#dataset = { history };
      if (!first) this.emit('masters');
    }
    this.emit('usable');
  }

  #lost(): void {
    const was = this.#verified;
    this.#verified = false;
    if (this.#closed) return; // nothing is counted of it any more
    this.metrics.up(this.role, this, false);
    if (was) {
      this.#logger.warn(LOSS[this.role]);
      this.emit('lost');
    }
  }

  #failed(cause: unknown): void {
    if (this.#closed) return;
    const error = classifyError(cause, 'connect', this.config.connectTimeoutMs);
    if (this.#handshake.refusesResp3(cause)) {
      this.#logger.log(`the server refuses RESP3 (${error.reason}): going on in RESP2`);
      return;
    }
    const explained = this.#handshake.explain(error);
    this.#failures.notConnected(explained);
    this.emit('failed', explained);
  }

  #circuitChanged(open: boolean): void {
    if (this.#closed) return;
    this.metrics.circuit(this.role, this, open);
    if (open) {
      this.#logger.warn('circuit open: Redis does not answer; serving without it until it does');
    } else {
      this.#logger.log('circuit closed: Redis answers again');
      if (this.usable) this.emit('usable');
    }
  }
}

/** The payload of an invalidation: keys as bytes, or nothing for a flush. */
function namesOf(keys: unknown): readonly string[] | null {
  return Array.isArray(keys) ? keys.map(String) : null;
}
