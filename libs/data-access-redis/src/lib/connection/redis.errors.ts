/**
 * Every code a {@link RedisError} can carry, with what it means and what to do about it.
 * `docs/errors.md` is held against this table by a test.
 */
export const REDIS_ERROR_CODES = {
  REDIS_UNAVAILABLE: {
    means: 'Redis cannot be used right now: not connected, connection lost, or the circuit is open.',
    todo: 'Serve without Redis or answer 503; the connection comes back by itself. If it does not: check that the server runs and that host, port and network policy are right.',
  },
  REDIS_TIMEOUT: {
    means: 'No answer within the deadline. A write may or may not have happened (`outcome: "unknown"`).',
    todo: 'Repeat only what is safe to repeat. If it is frequent: look for slow commands, a busy server or a lossy network before raising REDIS_COMMAND_TIMEOUT_MS.',
  },
  REDIS_AUTH: {
    means: 'The server refused the user, the password, or a command that this user may not run.',
    todo: 'Check REDIS_USERNAME and REDIS_PASSWORD (or the user part of REDIS_URL; of sentinels, REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD) and the ACL of the user.',
  },
  REDIS_TLS: {
    means:
      'The TLS handshake failed: a certificate is unknown, expired, made out to another name, or missing.',
    todo: 'Give the authority in REDIS_TLS_CA, the certificate’s name in REDIS_TLS_SERVERNAME, a certificate of your own in REDIS_TLS_CERT where the server asks for one, and use rediss:// only for a TLS port.',
  },
  REDIS_PROTOCOL: {
    means: 'What answered does not speak the Redis protocol, or refuses RESP3.',
    todo: 'Check the port; behind a proxy that hangs up on HELLO, or does not answer it, set REDIS_PROTOCOL=2.',
  },
  REDIS_BUSY: {
    means:
      'The server answers but cannot serve: loading, running a long script, read-only, or without its master.',
    todo: 'Try again later; it passes when the server is done or the fail-over is over.',
  },
  REDIS_CAPACITY: {
    means: 'The server is full: memory, clients, or the limits of the plan.',
    todo: 'Free memory or raise the limit; reads still work while writes are refused.',
  },
  REDIS_USAGE: {
    means: 'The command itself is wrong: a key of another type, bad arguments, a bad name or time-to-live.',
    todo: 'Mend the calling code; repeating will not help.',
  },
  REDIS_CONFIG: {
    means:
      'The configuration of Redis is missing, contradicts itself, or names a database that does not exist.',
    todo: 'Correct the variables that the message names.',
  },
  CACHE_LOAD_TIMEOUT: {
    means: 'The loader of a cache did not bring a value within its hard timeout; its signal was aborted.',
    todo: 'Look at what the loader asks; pass it the signal so that it stops. To serve an old value meanwhile, give the cache failSafe.',
  },
  LOCK_NOT_ACQUIRED: {
    means: 'The lock was held by others for as long as the caller was ready to wait.',
    todo: 'Try again later, wait longer (`wait`), or do without: somebody else is doing it.',
  },
  LOCK_LOST: {
    means: 'The lock, semaphore or leadership ran out before the work was done: others may hold it now.',
    todo: 'Stop the work, and do not trust what it wrote unless the fencing token was checked. Look for a blocked event loop, a slow Redis, or a time-to-live that is too short.',
  },
} as const satisfies Record<string, { means: string; todo: string }>;

/** The stable code of a {@link RedisError}; branch on this, never on the message. */
export type RedisErrorCode = keyof typeof REDIS_ERROR_CODES;

/** Whether a failed command can have taken effect on the server. */
export type RedisOutcome = 'not-executed' | 'unknown';

export interface RedisErrorDetails {
  /** Default `not-executed`. */
  outcome?: RedisOutcome;
  /** The command's name, never its arguments. */
  command?: string;
  /** The server's own error word (`WRONGTYPE`) or the system's (`ECONNREFUSED`). */
  reason?: string;
}

/**
 * What every call of this library rejects with. It carries no argument, no key, no URL and no password:
 * the driver's error is reduced to its first word, because its other properties hold all of these.
 *
 * @example
 * ```ts
 * if (error instanceof RedisError && error.code === 'REDIS_TIMEOUT') return fallback();
 * ```
 */
export class RedisError extends Error {
  readonly outcome: RedisOutcome;
  readonly command?: string;
  readonly reason?: string;

  constructor(
    readonly code: RedisErrorCode,
    what: string,
    details: RedisErrorDetails = {},
  ) {
    super(`${what} ${REDIS_ERROR_CODES[code].todo}`, {
      ...(details.reason && { cause: new Error(details.reason) }),
    });
    this.name = new.target.name;
    this.outcome = details.outcome ?? 'not-executed';
    if (details.command) this.command = details.command;
    if (details.reason) this.reason = details.reason;
  }
}

/** `REDIS_UNAVAILABLE`: there is no usable connection. */
export class RedisUnavailableError extends RedisError {
  constructor(what: string, details?: RedisErrorDetails) {
    super('REDIS_UNAVAILABLE', what, details);
  }
}

/** @internal For a command that comes after the shutdown. */
export function closedError(command: string): RedisUnavailableError {
  return new RedisUnavailableError('The connection to Redis was closed by the shutdown of this process.', {
    command,
  });
}

/**
 * @internal A node of a Cluster does not serve the key, and says who does; nothing has run. Whoever knows the Cluster
 * follows it; it is an error only for those who were not told that there is one.
 */
export class RedisRedirection extends RedisError {
  /** @param target its host is empty when it is the one of the node that says so */
  constructor(
    readonly kind: 'MOVED' | 'ASK',
    readonly slot: number,
    readonly target: { readonly host: string; readonly port: number },
    command: string,
  ) {
    super(
      'REDIS_CONFIG',
      'The server is a node of a Cluster, and another node serves this key: name nodes in REDIS_CLUSTER_NODES.',
      { command, reason: kind },
    );
  }
}

/** `REDIS_TIMEOUT`: no answer in time; the outcome is always `unknown`. */
export class RedisTimeoutError extends RedisError {
  constructor(command: string, timeoutMs: number) {
    super('REDIS_TIMEOUT', `Redis did not answer ${command} within ${timeoutMs} ms.`, {
      outcome: 'unknown',
      command,
    });
  }
}

/** `LOCK_NOT_ACQUIRED`: it stayed with others. */
export class LockNotAcquiredError extends RedisError {
  constructor(waitedMs: number) {
    super(
      'LOCK_NOT_ACQUIRED',
      `The lock was not free ${waitedMs > 0 ? `within ${Math.round(waitedMs)} ms` : 'just now'}.`,
    );
  }
}

/** `LOCK_LOST`: it is over before it was given back. Also the reason of the signals that are aborted then. */
export class LockLostError extends RedisError {
  constructor(what: string) {
    super('LOCK_LOST', what);
  }
}

/** `CACHE_LOAD_TIMEOUT`: a loader was given up. */
export class CacheLoadTimeoutError extends RedisError {
  constructor(cache: string, timeoutMs: number) {
    super('CACHE_LOAD_TIMEOUT', `The loader of cache "${cache}" was given up after ${timeoutMs} ms.`);
  }
}

/** `REDIS_USAGE`: the call is wrong and will stay wrong. */
export class RedisUsageError extends RedisError {
  constructor(what: string, details?: RedisErrorDetails) {
    super('REDIS_USAGE', what, details);
  }
}

/** `REDIS_CONFIG`: one message for all that is wrong with the configuration. */
export class RedisConfigError extends RedisError {
  constructor(readonly problems: readonly string[]) {
    super(
      'REDIS_CONFIG',
      `Redis is not configured correctly:\n${problems.map((p) => `  - ${p}`).join('\n')}\n`,
    );
  }
}
