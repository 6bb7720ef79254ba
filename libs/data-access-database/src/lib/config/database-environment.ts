import { DatabaseConfigError } from '../connection/database.errors';
import { type DatabaseConfig, type DatabaseModuleOptions, resolveDatabaseConfig } from './database.config';

type Environment = Readonly<Record<string, string | undefined>>;

const NUMBERS = {
  poolSize: 'DATABASE_POOL_SIZE',
  connectTimeoutMs: 'DATABASE_CONNECT_TIMEOUT_MS',
  statementTimeoutMs: 'DATABASE_STATEMENT_TIMEOUT_MS',
  lockTimeoutMs: 'DATABASE_LOCK_TIMEOUT_MS',
  idleInTransactionTimeoutMs: 'DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS',
} as const satisfies Partial<Record<keyof DatabaseModuleOptions, string>>;

/** Names of options as they are called in the environment, for messages that tell the operator what to change. */
const VARIABLE_OF: Record<string, string> = { url: 'DATABASE_URL', applicationName: 'APP_NAME', ...NUMBERS };

/**
 * Reads the configuration from the environment. An empty variable counts as not set.
 *
 * @throws DatabaseConfigError that names every wrong variable and never shows a value.
 */
export function readDatabaseEnvironment(env: Environment = process.env): DatabaseConfig {
  const problems: string[] = [];
  const read = (name: string) => env[name]?.trim() || undefined;
  const url = read('DATABASE_URL');
  const applicationName = read('APP_NAME');
  const options: DatabaseModuleOptions = { ...(url && { url }), ...(applicationName && { applicationName }) };
  if (!url && env['NODE_ENV'] === 'production') {
    problems.push('DATABASE_URL is not set, and in production there is no default');
  }
  for (const [option, name] of Object.entries(NUMBERS) as [keyof typeof NUMBERS, string][]) {
    const text = read(name);
    if (text === undefined) continue;
    if (/^\d+$/.test(text)) options[option] = Number(text);
    else problems.push(`${name}: must be a whole number`);
  }
  try {
    const config = resolveDatabaseConfig(options);
    if (problems.length === 0) return config;
  } catch (error) {
    if (!(error instanceof DatabaseConfigError)) throw error;
    problems.push(
      ...error.problems.map((problem) => problem.replace(/^\w+/, (option) => VARIABLE_OF[option] ?? option)),
    );
  }
  throw new DatabaseConfigError(problems);
}
