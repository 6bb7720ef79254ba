import { hostname } from 'node:os';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config/redis.config';
import { tlsOptions } from './tls-context';

/**
 * The declared connections of a process; each can be told apart by its name in `CLIENT LIST`. `cmd`: all commands;
 * `sub`: subscriptions, only under RESP2; `inv`: invalidations, only when a near cache is on and the server tracks;
 * `sentinel`: one to each sentinel.
 */
export type ConnectionRole = 'cmd' | 'sub' | 'inv' | 'sentinel';

/** `<app>:<role>:<host>:<pid>`; the server accepts no blanks in a name. */
export function connectionName(app: string, role: ConnectionRole): string {
  return [app, role, hostname(), process.pid].join(':').replace(/[^\x21-\x7e]+/g, '-');
}

/** The only place in the workspace where a driver is constructed. It does not dial until `connect()`. */
export function createDriver(
  config: RedisConfig,
  role: ConnectionRole,
  retryDelay: (attempt: number) => number,
): Redis {
  return new Redis(driverOptions(config, role, retryDelay));
}

/**
 * The options that bound every wait, measured against refused, silent, half-open and frozen servers:
 * no offline queue (a command queued while offline would run after its caller gave up), no resending (a lost
 * reply would run a write twice). Commands, the handshake and a silent link have deadlines of our own, which cost a
 * command less than the driver's (see RedisConnection).
 */
export function driverOptions(
  config: RedisConfig,
  role: ConnectionRole,
  retryDelay: (attempt: number) => number,
): RedisOptions {
  return {
    host: config.host,
    port: config.port,
    family: config.family,
    ...(config.username && { username: config.username }),
    ...(config.password && { password: config.password }),
    db: config.db,
    ...(config.tls && { tls: tlsOptions(config.tls) }),
    // The driver drops the invalidations of RESP3; as messages of RESP2 it hands them on.
    protocol: role === 'inv' ? 2 : config.protocol,
    replyMapping: 'legacy',
    connectionName: connectionName(config.clientName, role),
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableReadyCheck: true,
    disableClientInfo: true,
    connectTimeout: config.connectTimeoutMs,
    // A socket that is dead already is waited for, too, and so long the process cannot end.
    disconnectTimeout: 500,
    keepAlive: 5_000,
    retryStrategy: retryDelay,
    // After a fail-over the old master answers READONLY: reconnect once to find the new one. The command itself
    // is not sent again (that would be 2, which loops for as long as the server stays a replica).
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  };
}
