import { RedisError, RedisTimeoutError, RedisUnavailableError, RedisUsageError } from './redis.errors';
import type { RedisErrorCode } from './redis.errors';

const BY_REPLY: Record<string, RedisErrorCode> = {
  WRONGPASS: 'REDIS_AUTH',
  NOAUTH: 'REDIS_AUTH',
  NOPERM: 'REDIS_AUTH',
  NOPROTO: 'REDIS_PROTOCOL',
  LOADING: 'REDIS_BUSY',
  BUSY: 'REDIS_BUSY',
  MASTERDOWN: 'REDIS_BUSY',
  CLUSTERDOWN: 'REDIS_BUSY',
  TRYAGAIN: 'REDIS_BUSY',
  READONLY: 'REDIS_BUSY',
  MISCONF: 'REDIS_BUSY',
  NOREPLICAS: 'REDIS_BUSY',
  OOM: 'REDIS_CAPACITY',
};

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);
const TLS_CODES =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|ERR_OSSL|EPROTO)/;

interface DriverError {
  name?: string;
  message?: string;
  code?: string;
}

/**
 * Turns what the driver throws into one of ours. Most ioredis errors have no code, so their messages are
 * matched; nothing of them is kept but the first word, for they hold arguments and passwords
 * (`ERR unknown command 'X', with args beginning with: …`).
 */
export function classifyError(error: unknown, command: string, timeoutMs: number): RedisError {
  if (error instanceof RedisError) return error;
  const { name = '', message = '', code = '' } = (error ?? {}) as DriverError;

  if (name === 'ReplyError') return fromReply(message, command);
  if (message === 'Command timed out' || message.startsWith('Socket timeout')) {
    return new RedisTimeoutError(command, timeoutMs);
  }
  if (message.startsWith("Stream isn't writeable") || message === 'Connection is closed.') {
    return new RedisUnavailableError('Redis is not connected.', { command });
  }
  if (TLS_CODES.test(code)) {
    return new RedisError('REDIS_TLS', 'The TLS connection to Redis was refused.', { command, reason: code });
  }
  if (message.startsWith('Unknown RESP type')) {
    return new RedisError('REDIS_PROTOCOL', 'The server does not speak the Redis protocol.', { command });
  }
  if (NEVER_SENT.has(code)) {
    return new RedisUnavailableError('Redis cannot be reached.', { command, reason: code });
  }
  return new RedisUnavailableError('The connection to Redis was lost.', {
    command,
    outcome: 'unknown',
    reason: code || name,
  });
}

function fromReply(message: string, command: string): RedisError {
  const reason = /^-?([A-Z][A-Z0-9_]*)\b/.exec(message)?.[1] ?? 'ERR';
  const code = BY_REPLY[reason];
  if (code) return new RedisError(code, `Redis refused ${command} (${reason}).`, { command, reason });
  if (/max (number of clients|request|single record|concurrent|requests)|capacity quota/i.test(message)) {
    return new RedisError('REDIS_CAPACITY', `Redis refused ${command}: a limit is reached.`, {
      command,
      reason,
    });
  }
  if (command === 'hello' || /hello|protocol version/i.test(message)) {
    return new RedisError('REDIS_PROTOCOL', 'The server refuses RESP3.', { command, reason });
  }
  return new RedisUsageError(`Redis refused ${command} (${reason}).`, { command, reason });
}

/** Failures that say something of the server's health; mistakes of the caller and a full disk do not. */
export function countsAgainstHealth(error: RedisError): boolean {
  return error.code === 'REDIS_TIMEOUT' || error.code === 'REDIS_BUSY' || error.code === 'REDIS_UNAVAILABLE';
}
