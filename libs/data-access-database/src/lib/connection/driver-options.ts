import type { ClientConfig } from 'pg';
import type { DatabaseConfig } from '../config/database.config';
import type { OpenSockets } from './open-sockets';

/** The server gives up first and says so; the client's own limit is for one that says nothing at all. */
const CLIENT_PATIENCE_MS = 500;

/** Every connection of ours is made with these, so that nothing on it can wait for ever. */
export function driverOptions(config: DatabaseConfig, sockets: OpenSockets): ClientConfig {
  return {
    connectionString: config.url,
    application_name: config.applicationName,
    connectionTimeoutMillis: config.connectTimeoutMs,
    statement_timeout: config.statementTimeoutMs,
    query_timeout: config.statementTimeoutMs + CLIENT_PATIENCE_MS,
    lock_timeout: config.lockTimeoutMs,
    idle_in_transaction_session_timeout: config.idleInTransactionTimeoutMs,
    keepAlive: true,
    stream: sockets.open,
  };
}
