import { z } from 'zod';
import { DatabaseConfigError } from '../connection/database.errors';
import { problemOfUrl } from './database-url';

/** Options of `DatabaseModule.forRoot`. Without any, the module reads the environment (`DATABASE_URL`, …) instead. */
export interface DatabaseModuleOptions {
  /** `postgres://user:password@host:5432/database`. Default: database `postgres` on 127.0.0.1, as `postgres`. */
  url?: string;
  /** Connections at most, 1–1,000, default 10. Whoever finds none free waits `connectTimeoutMs`. */
  poolSize?: number;
  /** Getting a connection (TCP, TLS and sign-in, or waiting for a free one) in ms. Default 2,000. */
  connectTimeoutMs?: number;
  /** One statement in ms, default 5,000. The server ends it; half a second later we do, should it be silent. */
  statementTimeoutMs?: number;
  /** Waiting for one lock in ms. Default 3,000. */
  lockTimeoutMs?: number;
  /** An open transaction in which nothing is done, in ms, after which the server rolls it back. Default 10,000. */
  idleInTransactionTimeoutMs?: number;
  /** Shown in `pg_stat_activity`. Default `sluice`. */
  applicationName?: string;
}

/** The options, checked and complete. */
export type DatabaseConfig = Required<DatabaseModuleOptions>;

const duration = (fallback: number) => z.number().int().min(1).max(600_000).default(fallback);

const SCHEMA = z.object({
  url: z
    .string()
    .default('postgres://postgres@127.0.0.1:5432/postgres')
    .superRefine((url, context) => {
      const problem = problemOfUrl(url);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    }),
  poolSize: z.number().int().min(1).max(1_000).default(10),
  connectTimeoutMs: duration(2_000),
  statementTimeoutMs: duration(5_000),
  lockTimeoutMs: duration(3_000),
  idleInTransactionTimeoutMs: duration(10_000),
  applicationName: z
    .string()
    .regex(/^[\x20-\x7e]{1,63}$/, 'must be 1–63 printable ASCII characters')
    .default('sluice'),
});

/**
 * Checks options and fills in the defaults.
 *
 * @throws DatabaseConfigError that lists every problem; values are never repeated, for they may be secrets.
 */
export function resolveDatabaseConfig(options: DatabaseModuleOptions): DatabaseConfig {
  const result = SCHEMA.safeParse(options);
  if (result.success) return result.data;
  throw new DatabaseConfigError(
    result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  );
}
