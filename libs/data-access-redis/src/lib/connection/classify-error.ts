import {
  RedisError,
  RedisRedirection,
  RedisTimeoutError,
  RedisUnavailableError,
  RedisUsageError,
} from './redis.errors';
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

/** `MOVED 3999 10.0.0.1:6381`; without a host it is the one that answered. */
const REDIRECTION = /^(MOVED|ASK) (\d+) (.*):(\d+)$/;
/** The Cluster is being changed, or others are missing: nothing that asking this node less often would mend. */
const OF_OTHERS = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'NOREPLICAS']);

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

/** Whose certificate it is about; alerts are what the server says of ours. */
const REFUSED_BY: readonly [codes: RegExp, what: string][] = [
  [/^CERT_HAS_EXPIRED$/, 'The certificate of the server has expired, or that of its authority.'],
  [/^CERT_NOT_YET_VALID$/, 'The certificate of the server is not valid yet; compare the clocks.'],
  [/ALTNAME_INVALID|HOSTNAME_MISMATCH/, 'The certificate of the server is made out to another name.'],
  [/^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_)/, 'The authority of the server’s certificate is not trusted.'],
  [
    /ALERT_CERTIFICATE_EXPIRED/,
    'The server refused our own certificate (REDIS_TLS_CERT), which has expired.',
  ],
  [
    /ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/,
    'The server asks for a certificate of ours: REDIS_TLS_CERT and REDIS_TLS_KEY.',
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|DECRYPT_ERROR)/,
    'The server does not trust our own certificate (REDIS_TLS_CERT).',
  ],
];

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
    const what = REFUSED_BY.find(([codes]) => codes.test(code))?.[1] ?? 'The TLS connection was refused.';
    return new RedisError('REDIS_TLS', what, { command, reason: code });
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
  const [, kind, slot, host = '', port] = REDIRECTION.exec(message) ?? [];
  if (kind) {
    const target = { host, port: Number(port) };
    return new RedisRedirection(kind as 'MOVED' | 'ASK', Number(slot), target, command);
  }
  if (reason === 'CROSSSLOT') {
    const what = `Redis refused ${command}: its keys lie in different slots of the Cluster. Give those of one operation the same {hash tag}.`;
    return new RedisUsageError(what, { command, reason });
  }
  const code = BY_REPLY[reason];
  if (code) return new RedisError(code, `Redis refused ${command} (${reason}).`, { command, reason });
  // Before the command that was refused, the script may have done something.
  if (/user executing the script can't/.test(message)) {
    const what = `The user may not do what ${command} does in its script.`;
    return new RedisError('REDIS_AUTH', what, { command, reason, outcome: 'unknown' });
  }
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
  if (OF_OTHERS.has(error.reason ?? '')) return false;
  return error.code === 'REDIS_TIMEOUT' || error.code === 'REDIS_BUSY' || error.code === 'REDIS_UNAVAILABLE';
}
