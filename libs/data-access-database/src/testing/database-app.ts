import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { DatabaseModuleOptions } from '../lib/config/database.config';
import { Database } from '../lib/connection/database';
import { DatabaseModule } from '../lib/database.module';

/** An application that is nothing but the database module, started. */
export interface DatabaseApp {
  get: TestingModule['get'];
  /** The inner door, for statements that no repository has. */
  database: Database;
  /** Everything that was logged. */
  log: string[];
  close(): Promise<void>;
}

export async function startDatabaseApp(options: DatabaseModuleOptions): Promise<DatabaseApp> {
  const log: string[] = [];
  const module = await Test.createTestingModule({ imports: [DatabaseModule.forRoot(options)] })
    .setLogger(keepIn(log))
    .compile();
  await module.init();
  return {
    get: module.get.bind(module),
    database: module.get(Database, { strict: false }),
    log,
    close: () => module.close(),
  };
}

function keepIn(log: string[]): LoggerService {
  const keep = (...words: unknown[]) => void log.push(words.join(' '));
  return { log: keep, error: keep, warn: keep, debug: keep, verbose: keep, fatal: keep };
}
