import { Module } from '@nestjs/common';
import type {
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common';
import { CharacterRepository } from './characters/character.repository';
import {
  type DatabaseConfig,
  type DatabaseModuleOptions,
  resolveDatabaseConfig,
} from './config/database.config';
import { readDatabaseEnvironment } from './config/database-environment';
import { Database } from './connection/database';
import { DatabaseLifecycle } from './database-lifecycle';
import { DatabaseService } from './database.service';
import { IdempotencyKeyRepository } from './idempotency/idempotency-key.repository';
import { ImageJobRepository } from './image-jobs/image-job.repository';
import { ImageFileRepository } from './images/image-file.repository';
import { ImageRepository } from './images/image.repository';
import { SessionRepository } from './sessions/session.repository';
import { UserRepository } from './users/user.repository';

export interface DatabaseOptionsFactory {
  createDatabaseOptions(): DatabaseModuleOptions | Promise<DatabaseModuleOptions>;
}

/** One of `useFactory`, `useClass` and `useExisting`. */
export interface DatabaseModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => DatabaseModuleOptions | Promise<DatabaseModuleOptions>;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<DatabaseOptionsFactory>;
  useExisting?: Type<DatabaseOptionsFactory>;
}

const DATABASE_CONFIG = Symbol('DATABASE_CONFIG');

const PUBLIC = [
  DatabaseService,
  UserRepository,
  SessionRepository,
  CharacterRepository,
  ImageRepository,
  ImageFileRepository,
  ImageJobRepository,
  IdempotencyKeyRepository,
];

/**
 * Owns the connections to PostgreSQL; global, imported once by the application. At start it brings the schema up to
 * date. Is the database away then, the application starts all the same, and the repositories reject with
 * `DATABASE_UNAVAILABLE` until it is there and migrated.
 *
 * @example
 * ```ts
 * DatabaseModule.forRoot()                  // from DATABASE_URL and the other DATABASE_… variables
 * DatabaseModule.forRoot({ url: 'postgres://postgres@127.0.0.1:5432/shop', poolSize: 20 })
 * DatabaseModule.forRootAsync({ inject: [Settings], useFactory: (s: Settings) => ({ url: s.databaseUrl }) })
 * ```
 */
@Module({})
export class DatabaseModule {
  /** Configuration errors (`DATABASE_CONFIG`) come when the application is created. */
  static forRoot(options?: DatabaseModuleOptions): DynamicModule {
    return build({
      provide: DATABASE_CONFIG,
      useFactory: () => (options ? resolveDatabaseConfig(options) : readDatabaseEnvironment()),
    });
  }

  static forRootAsync(options: DatabaseModuleAsyncOptions): DynamicModule {
    const source = options.useClass ?? options.useExisting;
    const create = (factory: DatabaseOptionsFactory) => factory.createDatabaseOptions();
    const config: Provider = {
      provide: DATABASE_CONFIG,
      useFactory: async (...args: never[]) =>
        resolveDatabaseConfig(
          (await (source ? create(args[0] as never) : options.useFactory?.(...args))) ?? {},
        ),
      inject: source ? [source] : (options.inject ?? []),
    };
    return build(config, options.imports, options.useClass ? [options.useClass] : []);
  }
}

function build(
  config: Provider,
  imports: ModuleMetadata['imports'] = [],
  extra: Provider[] = [],
): DynamicModule {
  return {
    module: DatabaseModule,
    global: true,
    imports,
    providers: [
      ...extra,
      config,
      { provide: Database, useFactory: (c: DatabaseConfig) => new Database(c), inject: [DATABASE_CONFIG] },
      {
        provide: DatabaseLifecycle,
        useFactory: (c: DatabaseConfig, database: Database) => new DatabaseLifecycle(c, database),
        inject: [DATABASE_CONFIG, Database],
      },
      ...PUBLIC,
    ],
    exports: PUBLIC,
  };
}
