import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { DatabaseConfig } from './config/database.config';
import type { Database } from './connection/database';
import { MigrationRunner } from './migrations/migration-runner';

/** Starts and ends the database with the application. */
export class DatabaseLifecycle implements OnModuleInit, OnApplicationShutdown {
  readonly #database: Database;
  readonly #migrations: MigrationRunner;

  constructor(config: DatabaseConfig, database: Database) {
    this.#database = database;
    this.#migrations = new MigrationRunner(config, database);
  }

  onModuleInit(): Promise<void> {
    return this.#migrations.start();
  }

  /** After the HTTP server has stopped, for running requests need the database. */
  async onApplicationShutdown(): Promise<void> {
    this.#migrations.stop();
    await this.#database.close();
  }
}
