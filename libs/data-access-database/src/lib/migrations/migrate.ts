import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import type { DatabaseConfig } from '../config/database.config';
import { classify } from '../connection/classify-error';
import { DatabaseConfigError } from '../connection/database.errors';
import { driverOptions } from '../connection/driver-options';
import type { OpenSockets } from '../connection/open-sockets';

/** Any number that nobody else locks in the same database. */
export const MIGRATION_LOCK = 7_834_021_965;

/** How long another process may take with the same migrations before we try again later. */
const WAIT_FOR_OTHERS_MS = 60_000;

/** A statement of a migration may take longer than others, but a server that fell silent must be noticed. */
const STATEMENT_TIMEOUT_MS = 120_000;

/** A migration that waits for a table holds up everybody who comes after it, so it waits for a short time only. */
const WAIT_FOR_TABLE_MS = 5_000;

/** This file lies beside its migrations, in the sources as in what is built from them. */
const migrationsFolder = __dirname;

/**
 * Brings the database up to date, on a connection of its own. Two processes that do it at once take turns, and the
 * second finds nothing left to do. All of it happens in one transaction.
 *
 * @throws DatabaseError
 */
export async function migrate(config: DatabaseConfig, sockets: OpenSockets): Promise<void> {
  if (!existsSync(join(migrationsFolder, 'meta', '_journal.json'))) {
    throw new DatabaseConfigError([
      'the migrations are missing: the build did not copy .sql and .json files',
    ]);
  }
  const client = new Client({
    ...driverOptions(config, sockets),
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 500,
    lock_timeout: WAIT_FOR_OTHERS_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`set lock_timeout = ${WAIT_FOR_TABLE_MS}`);
    await applyMigrations(drizzle(client), { migrationsFolder });
  } catch (thrown) {
    throw classify(thrown, 'migrate').error;
  } finally {
    // Hanging up gives the lock back. It is not waited for: a frozen server would never let us go.
    client.end().catch(() => undefined);
  }
}
