import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool, type PoolClient } from 'pg';
import type { DatabaseConfig } from '../config/database.config';
import { classify, type DatabaseAction } from './classify-error';
import { driverOptions } from './driver-options';
import { DatabaseError } from './database.errors';
import { OpenSockets } from './open-sockets';

/** Drizzle on one connection. */
export type Queries = NodePgDatabase;

const CLOSE_WITHIN_MS = 2_000;

/**
 * The pool, and the only way to it. Getting a connection and every answer are bounded in time, and whatever goes
 * wrong comes out as a `DatabaseError`.
 */
export class Database {
  readonly #pool: Pool;
  readonly #sockets = new OpenSockets();
  readonly #logger = new Logger('Database');
  #admitted = false;
  #closed: Promise<void> | undefined;

  constructor(private readonly config: Pick<DatabaseConfig, 'connectTimeoutMs'> & DatabaseConfig) {
    this.#pool = new Pool({
      ...driverOptions(config, this.#sockets),
      max: config.poolSize,
    });
    // An error event without a listener ends the process: idle connections report on the pool, borrowed ones on
    // themselves (and their query fails too, which is how we hear of it).
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
    this.#pool.on('error', (thrown) => {
      this.#logger.debug(`An idle connection was lost. ${classify(thrown, 'read').error.message}`);
    });
  }
}
