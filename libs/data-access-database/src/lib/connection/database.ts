import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool, type PoolClient, type QueryConfig } from 'pg';
import type { DatabaseConfig } from '../config/database.config';
import { classify, type DatabaseAction } from './classify-error';
import { DatabaseError } from './database.errors';
import { driverOptions } from './driver-options';
import { OpenSockets } from './open-sockets';
import { showPool } from './pool-metrics';

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
  readonly #pingTimeoutMs: number;
  readonly #hidePool: () => void;
  #admitted = false;
  #closed: Promise<void> | undefined;

  constructor(config: DatabaseConfig) {
    this.#pingTimeoutMs = config.connectTimeoutMs;
    this.#pool = new Pool({ ...driverOptions(config, this.#sockets), max: config.poolSize });
    this.#hidePool = showPool(this.#pool, config.poolSize);
    // An error event without a listener ends the process: idle connections report on the pool, borrowed ones on
    // themselves (their query fails too, and that is how we hear of it).
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
    this.#pool.on('error', (thrown) => {
      const { sqlState, reason } = classify(thrown, 'read').error;
      this.#logger.debug(`An idle connection was lost (${sqlState ?? reason}).`);
    });
  }

  /** Whether the schema is known to be what this code expects. */
  get admitted(): boolean {
    return this.#admitted;
  }

  /** Lets work in, once the migrations have run. */
  admit(): void {
    this.#admitted = true;
  }

  /** @throws DatabaseError */
  read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#borrow('read', (client) => work(drizzle(client)));
  }

  /** For one statement. @throws DatabaseError */
  write<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#borrow('write', (client) => work(drizzle(client)));
  }

  /** For several statements that happen together or not at all. @throws DatabaseError */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#borrow('write', async (client) => {
      // Said aloud, because the server's default can be another one, under which a wait for a lock ends in an error.
      await client.query('begin isolation level read committed');
      const result = await work(drizzle(client));
      await client.query('commit');
      return result;
    });
  }

  /** @throws DatabaseError */
  async ping(): Promise<void> {
    const question: QueryConfig & { query_timeout: number } = {
      text: 'select 1',
      query_timeout: this.#pingTimeoutMs,
    };
    await this.#borrow('read', (client) => client.query(question));
  }

  /** Waits a moment for what is running, then cuts every connection. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#hidePool();
    const patience = new AbortController();
    await Promise.race([
      this.#pool.end(),
      pause(CLOSE_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    this.#sockets.destroyAll();
  }

  async #borrow<T>(action: DatabaseAction, work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (!this.#admitted) {
      throw new DatabaseError('DATABASE_UNAVAILABLE', 'The database has not been migrated yet.', {
        reason: 'NOT_MIGRATED',
      });
    }
    const client = await this.#pool.connect().catch((thrown: unknown) => {
      throw classify(thrown, 'connect').error;
    });
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (thrown) {
      const { error, connectionUsable } = classify(thrown, action);
      // A transaction is rolled back by hanging up, which cannot itself fail or take long.
      client.release(!connectionUsable || isInTransaction(client));
      throw error;
    }
  }
}

function isInTransaction(client: PoolClient): boolean {
  return client.getTransactionStatus() !== 'I';
}
