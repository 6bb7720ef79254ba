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
import { reconnectDelay } from './reconnect-delay';
import type { RedisState } from './redis-state';
import { learnServer } from './server-facts';
import type { ServerFacts } from './server-facts';
import { SilenceWatch } from './silence-watch';
import { RedisConfigError, RedisError, RedisTimeoutError, RedisUnavailableError } from './redis.errors';
import { currentRedisScope, outsideRedisScope } from './request-scope';
import type { RedisRequestScope } from './request-scope';

const FAILURES_TO_OPEN = 3;
const PROBE_DELAY_MS = 250;
const MAX_PROBE_DELAY_MS = 1_000;
const BOOT_PATIENCE_MS = 1_000;
const QUIT_PATIENCE_MS = 500;
const LOG_INTERVAL_MS = 10_000;
const OPERATOR_CODES = new Set(['REDIS_AUTH', 'REDIS_TLS', 'REDIS_PROTOCOL', 'REDIS_CONFIG']);

/** What losing a connection of each role means. */
const LOSS: Record<ConnectionRole, string> = {
  cmd: 'connection lost; serving without Redis until it is back',
  sub: 'connection lost; messages are missed until it is back',
  inv: 'connection lost; near caches are not used until it is back',
};

interface ConnectionEvents {
  /** Commands are sent again: connected, checked, circuit closed. */
  usable: [];
  /** Was usable and is not connected any more. */
  lost: [];
  /** A message of a subscribed channel, by its full name. */
  message: [channel: string, message: string];
  /** Keys that the server says have changed, by their full names; null: any may have. Only after tracking began. */
  invalidate: [keys: readonly string[] | null];
}

/**
 * One connection to one server and all that is known of it. Everything that is sent goes through {@link run},
 * which is where waits are bounded, failures counted and errors made ours.
 */
export class RedisConnection extends EventEmitter<ConnectionEvents> {
  readonly #driver: Redis;
  readonly #breaker: CircuitBreaker;
  readonly #silence: SilenceWatch;
  readonly #logger: Logger;
  #verified = false;
  #closed = false;
  #gathering = false;
  #handshake: NodeJS.Timeout | undefined;
  #epoch = 0;
  #lastError: RedisState['lastError'];
  #lastLogged: { code: string; at: number } | undefined;
  #needsOperator = false;
  #facts: ServerFacts | undefined;

  constructor(
    private readonly config: RedisConfig,
    private readonly role: ConnectionRole,
    private readonly metrics: RedisMetrics,
  ) {
    super();
    this.#logger = new Logger(`Redis:${role}`);
    this.#driver = createDriver(config, role, (attempt) => reconnectDelay(attempt, this.#needsOperator));
    this.#breaker = new CircuitBreaker({
      threshold: FAILURES_TO_OPEN,
      probeDelayMs: PROBE_DELAY_MS,
      maxProbeDelayMs: MAX_PROBE_DELAY_MS,
      probe: () => withDeadline(this.#driver.ping(), 'ping', config.cacheTimeoutMs),
      onChange: (open) => this.#circuitChanged(open),
    });
    this.#silence = new SilenceWatch(config.socketTimeoutMs, () => this.reconnect());
    this.#driver.on('connect', () => this.#handshakeBegan());
    this.#driver.on('ready', () => void this.#becameReady());
    this.#driver.on('close', () => {
      clearTimeout(this.#handshake);
      this.#silence.stop();
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
      this.#driver.once('close', resolve);
      setTimeout(resolve, BOOT_PATIENCE_MS).unref();
    });
    outsideRedisScope(() => this.#driver.connect()).catch(() => undefined); // the reason arrives as an error event
    await settled;
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

  get state(): RedisState {
    const { host, port, tls, db } = this.config;
    return {
      status: this.#closed ? 'closed' : this.usable ? 'ready' : this.#epoch ? 'degraded' : 'connecting',
      ready: this.usable,
      circuit: this.#breaker.open ? 'open' : 'closed',
      server: {
        host,
        port,
        tls: tls !== undefined,
        db,
        ...(this.#facts?.version && { version: this.#facts.version }),
        ...(this.#facts && { protocol: this.#facts.protocol }),
      },
      reconnects: Math.max(0, this.#epoch - 1),
      ...(this.#lastError && { lastError: this.#lastError }),
    };
  }

  /**
   * Sends what `send` sends and waits for at most `timeoutMs`.
   *
   * @throws RedisError; at once when the connection is not usable or the request has given up on Redis.
   */
  run<R>(
    command: string,
    send: (driver: Redis) => Promise<R>,
    timeoutMs = this.config.commandTimeoutMs,
  ): Promise<R> {
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
    timeoutMs: number,
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
      if (error.code === 'REDIS_TIMEOUT') this.#silence.unanswered(startedAt);
      else this.#silence.answered();
      reject(error);
    };
    const wait = begin(timeoutMs, startedAt, () => failed(new RedisTimeoutError(command, timeoutMs)));
    send(this.#driver).then(
      (reply) => {
        this.#silence.answered();
        if (!end(wait)) return;
        this.#breaker.succeeded();
        this.metrics.commandDone(command, 'ok', performance.now() - startedAt);
        resolve(reply);
      },
      (error: unknown) => {
        if (end(wait)) failed(error);
        else this.#silence.answered();
      },
    );
  }

  /** Hangs up and dials again; for a link that is not trusted any more. */
  reconnect(): void {
    if (this.#closed || this.#driver.status !== 'ready') return;
    this.#lost();
    outsideRedisScope(() => this.#driver.disconnect(true));
  }

  /** Says goodbye, and hangs up when there is no answer. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#handshake);
    this.#silence.stop();
    this.#breaker.stop();
    if (this.#driver.status === 'ready') {
      await withDeadline(this.#driver.quit(), 'quit', QUIT_PATIENCE_MS).catch(() => undefined);
    }
    this.#driver.disconnect();
    this.metrics.up(this.role, false);
  }

  /** What is sent in one tick leaves in one piece: a write to the socket for each command would cost most of it. */
  gatherTick(): void {
    if (this.#gathering || !this.#verified) return;
    this.#gathering = true;
    const { stream } = this.#driver;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  #refusal(command: string, scope: RedisRequestScope | undefined): RedisError | undefined {
    if (scope?.gaveUp) {
      return new RedisUnavailableError('This request has already waited for Redis once.', { command });
    }
    if (this.usable) return undefined;
    const what = this.#closed
      ? 'The connection to Redis was closed by the shutdown of this process.'
      : this.#breaker.open
        ? 'Redis did not answer several times in a row; the circuit is open.'
        : 'Redis is not connected.';
    return new RedisUnavailableError(what, {
      command,
      ...(this.#lastError && { reason: this.#lastError.code }),
    });
  }

  #countFailure(error: RedisError, scope: RedisRequestScope | undefined): void {
    if (error.code === 'REDIS_TIMEOUT' && scope) scope.gaveUp = true;
    if (countsAgainstHealth(error)) {
      this.#remember(error);
      this.#breaker.failed();
    } else {
      this.#breaker.succeeded();
    }
  }

  /** The driver's time limit for connecting ends when TCP or TLS stands; a server may be silent after that. */
  #handshakeBegan(): void {
    clearTimeout(this.#handshake);
    this.#handshake = setTimeout(() => {
      this.#failed(new RedisTimeoutError('the handshake', this.config.connectTimeoutMs));
      this.#driver.disconnect(true);
    }, this.config.connectTimeoutMs);
    this.#handshake.unref();
  }

  /** The driver is connected; commands flow only after the server has shown that it is what we think it is. */
  async #becameReady(): Promise<void> {
    const epoch = ++this.#epoch;
    try {
      this.#facts = await learnServer(this.#driver);
      await this.#checkDatabase();
    } catch (cause) {
      if (!this.#closed) {
        this.#failed(cause);
        this.#driver.disconnect(true);
      }
      return;
    }
    if (epoch !== this.#epoch || this.#closed || this.#driver.status !== 'ready') return;
    clearTimeout(this.#handshake);
    if (epoch > 1) this.metrics.reconnected(this.role);
    this.#breaker.reset();
    this.#verified = true;
    this.#needsOperator = false;
    this.metrics.up(this.role, true);
    this.#logger.log(
      `connected (server ${this.#facts.version ?? 'of unknown version'}, RESP${this.#facts.protocol}, database ${this.config.db})`,
    );
    this.emit('usable');
  }

  /** The driver reports a refused SELECT and goes on in database 0; writing there would corrupt another's data. */
  async #checkDatabase(): Promise<void> {
    if (this.config.db === 0) return;
    await this.#driver.select(this.config.db).catch((error: Error) => {
      if (error.name !== 'ReplyError') throw error;
      throw new RedisConfigError([
        `database ${this.config.db} cannot be selected on this server; use database 0 (managed servers often have no other)`,
      ]);
    });
  }

  #lost(): void {
    const was = this.#verified;
    this.#verified = false;
    this.metrics.up(this.role, false);
    if (was && !this.#closed) {
      this.#logger.warn(LOSS[this.role]);
      this.emit('lost');
    }
  }

  #failed(cause: unknown): void {
    if (this.#closed) return;
    const error = classifyError(cause, 'connect', this.config.connectTimeoutMs);
    this.#needsOperator = OPERATOR_CODES.has(error.code);
    this.#remember(error);
    const now = Date.now();
    if (this.#lastLogged?.code === error.code && now - this.#lastLogged.at < LOG_INTERVAL_MS) return;
    this.#lastLogged = { code: error.code, at: now };
    this.#logger.warn(`${error.code}: ${error.message}${error.reason ? ` (${error.reason})` : ''}`);
  }

  #remember(error: RedisError): void {
    this.#lastError = { code: error.code, message: error.message, at: new Date().toISOString() };
  }

  #circuitChanged(open: boolean): void {
    this.metrics.circuit(this.role, open);
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
