import { everythingOf } from '../../testing/secrets';
import { DatabaseConfigError } from '../connection/database.errors';
import { resolveDatabaseConfig } from './database.config';
import { readDatabaseEnvironment } from './database-environment';

function refusalOf(read: () => unknown): DatabaseConfigError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseConfigError);
    return error as DatabaseConfigError;
  }
  throw new Error('It should have been refused.');
}

it('has a default for everything outside production, and takes empty variables for unset ones', () => {
  const defaults = {
    url: 'postgres://postgres@127.0.0.1:5432/postgres',
    poolSize: 10,
    connectTimeoutMs: 2_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 3_000,
    idleInTransactionTimeoutMs: 10_000,
    applicationName: 'sluice',
  };
  expect(readDatabaseEnvironment({})).toEqual(defaults);
  expect(readDatabaseEnvironment({ DATABASE_URL: ' ', DATABASE_POOL_SIZE: '', APP_NAME: '' })).toEqual(
    defaults,
  );
});

it('reads every variable', () => {
  expect(
    readDatabaseEnvironment({
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://u:p%23w@db.example:6543/shop?sslmode=verify-full',
      DATABASE_POOL_SIZE: '20',
      DATABASE_CONNECT_TIMEOUT_MS: '1',
      DATABASE_STATEMENT_TIMEOUT_MS: '2',
      DATABASE_LOCK_TIMEOUT_MS: '3',
      DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: '4',
      APP_NAME: 'shop',
    }),
  ).toEqual({
    url: 'postgresql://u:p%23w@db.example:6543/shop?sslmode=verify-full',
    poolSize: 20,
    connectTimeoutMs: 1,
    statementTimeoutMs: 2,
    lockTimeoutMs: 3,
    idleInTransactionTimeoutMs: 4,
    applicationName: 'shop',
  });
});

it('wants DATABASE_URL in production, and names everything that is wrong at once', () => {
  const { problems } = refusalOf(() =>
    readDatabaseEnvironment({
      NODE_ENV: 'production',
      DATABASE_POOL_SIZE: 'canary',
      DATABASE_LOCK_TIMEOUT_MS: '0',
      APP_NAME: 'canary\n',
      DATABASE_STATEMENT_TIMEOUT_MS: '1e3',
    }),
  );
  expect(problems.map((problem) => /^\w+/.exec(problem)?.[0]).sort()).toEqual([
    'DATABASE_LOCK_TIMEOUT_MS',
    'DATABASE_POOL_SIZE',
    'DATABASE_STATEMENT_TIMEOUT_MS',
    'DATABASE_URL',
  ]);
});

it.each([
  'canary',
  'mysql://u:canary@host/db',
  'https://u:canary@host/db',
  'postgres://u:canary@host:99999/db',
  'postgres://u:can#ary@host/db',
  // These parse, but as another host and half a password.
  'postgres://u:12#canary@host/db',
  'postgres://u:12/canary@host/db',
  'postgres://u:12?canary@host/db',
  'postgres://u:p@host/db?sslrootcert=/nowhere/canary.pem',
  'postgres://u:canary@host/%ff',
])('refuses the connection string %p without showing it', (url) => {
  for (const read of [
    () => readDatabaseEnvironment({ DATABASE_URL: url }),
    () => resolveDatabaseConfig({ url }),
  ]) {
    const error = refusalOf(read);
    expect(error.message).toMatch(/(DATABASE_URL|url): (must look like|is refused)/);
    expect(everythingOf(error)).not.toMatch(/canary|can#ary/);
  }
});
