import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DatabaseConfig } from '../config/database.config';
import { mayPass } from '../connection/classify-error';
import type { Database } from '../connection/database';
import type { DatabaseError } from '../connection/database.errors';
import { OpenSockets } from '../connection/open-sockets';
import { migrate } from './migrate';

/** How long a start waits for the first attempt: an orchestrator wants to hear that we live, database or not. */
const START_WAITS_MS = 10_000;

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const OPERATOR_RETRY_MS = 30_000;

/** Migrates at start, in the background for as long as the database is away, and then lets work in. */
export class MigrationRunner {
  readonly #config: DatabaseConfig;
  readonly #database: Database;
  readonly #sockets = new OpenSockets();
  readonly #logger = new Logger('Database');
  readonly #stopping = new AbortController();

  constructor(config: DatabaseConfig, database: Database) {
    this.#config = config;
    this.#database = database;
  }

  /**
   * Resolves when the database is migrated or found to be away.
   *
   * @throws DatabaseError when the first attempt fails for a reason that waiting does not cure
   */
  async start(): Promise<void> {
    const first = this.#attempt();
    const patience = new AbortController();
    const failure = await Promise.race([
      first,
      pause(START_WAITS_MS, 'late' as const, { signal: patience.signal }),
    ]);
    patience.abort();
    if (failure === undefined) return;
    if (failure !== 'late' && !mayPass(failure)) throw failure;
    this.#logger.warn('Starting without the database; it is migrated as soon as it can be reached.');
    void this.#keepTrying(first);
  }

  /** Gives up; what runs is cut off, and the server rolls it back. */
  stop(): void {
    this.#stopping.abort();
    this.#sockets.destroyAll();
  }

  async #keepTrying(first: Promise<DatabaseError | undefined>): Promise<void> {
    const { signal } = this.#stopping;
    let failure = await first;
    for (let attempt = 0; failure && !signal.aborted; attempt++) {
      const passing = mayPass(failure);
      if (passing) this.#logger.debug(failure.message);
      else this.#logger.error(failure.message);
      await pause(retryDelay(attempt, passing), undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) failure = await this.#attempt();
    }
    if (!failure) this.#logger.log('The database is there and migrated.');
  }

  async #attempt(): Promise<DatabaseError | undefined> {
    try {
      await migrate(this.#config, this.#sockets);
      this.#database.admit();
      return undefined;
    } catch (error) {
      return error as DatabaseError;
    }
  }
}

/** Grows, and differs between instances, so that those who lost the database together do not return together. */
function retryDelay(attempt: number, passing: boolean): number {
  const ceiling = passing
    ? Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 6))
    : OPERATOR_RETRY_MS;
  return ceiling * (0.5 + Math.random() / 2);
}
