import type { Redis } from 'ioredis';
import type { RedisConfig } from '../config/redis.config';
import type { ConnectionRole } from './create-driver';
import { RedisConfigError, RedisError, RedisTimeoutError, RedisUnavailableError } from './redis.errors';
import { learnServer } from './server-facts';
import type { ServerFacts } from './server-facts';

const NO_TLS_THERE =
  'The TLS handshake was not answered in time: the server cannot be reached, or the port does not speak TLS (redis://).';
const HUNG_UP_ON_TLS =
  'The server hung up right after the TLS handshake: it is not ready, or it asks for a certificate of ours and got none that it trusts (REDIS_TLS_CERT).';
const HUNG_UP =
  'The server hung up before it said anything: it is not ready, or the port speaks TLS only (rediss://, REDIS_TLS=true).';

/** What is refused here is the password, or everything for the moment. */
const NOT_FOR_RESP3 = /^(WRONGPASS|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|ERR max number of clients)/;

/**
 * What lies between a socket that stands and the first command: the driver's own greeting, and then the server has to
 * show that it is what we think it is.
 */
export class Handshake {
  private timer: NodeJS.Timeout | undefined;
  private readonly protocol: 2 | 3 | undefined;

  /** @param onFailure called when it has taken longer than a connection may, before the driver hangs up */
  constructor(
    private readonly driver: Redis,
    private readonly config: RedisConfig,
    private readonly role: ConnectionRole,
    private readonly onFailure: (cause: unknown) => void,
  ) {
    this.protocol = driver.options.protocol;
  }

  /** Whether RESP3 was asked for and refused, and the attempt that comes goes without. */
  get inResp2(): boolean {
    return this.driver.options.protocol !== this.protocol;
  }

  /** The driver's time limit for connecting ends when TCP or TLS stands; a server may be silent after that. */
  begin(): void {
    this.end();
    const { connectTimeoutMs } = this.config;
    this.timer = setTimeout(() => {
      this.onFailure(new RedisTimeoutError('the handshake', connectTimeoutMs));
      this.driver.disconnect(true);
    }, connectTimeoutMs);
    this.timer.unref();
  }

  /**
   * Proxies and old servers refuse `HELLO 3` in many words, of which the driver knows two. Whatever else it was refused
   * for, the next attempt goes without; what is wrong with the password or the server will then be said of `AUTH`.
   *
   * @returns whether this is such a refusal, and there is such an attempt
   */
  refusesResp3(cause: unknown): boolean {
    const { name, message = '', command } = cause as Error & { command?: { name?: string } };
    if (name !== 'ReplyError' || command?.name !== 'hello' || NOT_FOR_RESP3.test(message)) return false;
    if (message.startsWith('NOAUTH') && !this.config.password) return false;
    this.driver.options.protocol = 2;
    return true;
  }

  /** What a failure most often means that says nothing itself: TLS on one side only, or a certificate that is missing. */
  explain(error: RedisError): RedisError {
    const { reason, command } = error;
    const { status } = this.driver;
    const { tls } = this.config;
    let what: string | undefined;
    if (tls && status === 'connecting' && reason === 'ETIMEDOUT') what = NO_TLS_THERE;
    // Its alert about our certificate often gets lost in the reset that follows.
    else if (error.outcome === 'unknown' && error.code === 'REDIS_UNAVAILABLE' && status === 'connect')
      what = tls ? HUNG_UP_ON_TLS : HUNG_UP;
    return what === undefined ? error : new RedisUnavailableError(what, { command, reason });
  }

  /** Asks the server what it is. @throws what the driver throws, or RedisError when it is not what it should be */
  async check(): Promise<ServerFacts> {
    this.driver.options.protocol = this.protocol; // whoever comes back may speak it by then
    const facts = await learnServer(this.driver);
    this.checkKind(facts);
    await this.checkDatabase();
    return facts;
  }

  /** It is over, or in vain. */
  end(): void {
    clearTimeout(this.timer);
  }

  private checkKind({ kind, replica }: ServerFacts): void {
    const { host, port, sentinel } = this.config;
    if (this.role === 'sentinel' && kind === 'server') {
      throw new RedisConfigError([
        `${host}:${port} is a server and no sentinel; REDIS_SENTINELS names the sentinels (often port 26379)`,
      ]);
    }
    if (this.role !== 'sentinel' && kind === 'sentinel') {
      throw new RedisConfigError([
        `${host}:${port} is a sentinel and no server; give it in REDIS_SENTINELS, and REDIS_SENTINEL_NAME`,
      ]);
    }
    // A sentinel may not know yet that it has been replaced.
    if (this.role !== 'sentinel' && sentinel && replica) {
      throw new RedisError('REDIS_BUSY', `${host}:${port} is a replica, not the master.`, {
        reason: 'READONLY',
      });
    }
  }

  /** The driver reports a refused SELECT and goes on in database 0; writing there would corrupt another's data. */
  private async checkDatabase(): Promise<void> {
    const { db } = this.config;
    if (db === 0) return;
    await this.driver.select(db).catch((error: Error) => {
      if (error.name !== 'ReplyError') throw error;
      throw new RedisConfigError([
        `database ${db} cannot be selected on this server; use database 0 (managed servers often have no other)`,
      ]);
    });
  }
}
