import { randomBytes } from 'node:crypto';
import { executeSql } from './execute-sql';
import { startPostgres } from './start-postgres';

export interface ProvidedDatabase {
  readonly url: string;
  /** Drops the database, connections to it included, or ends the server if it is our own. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * A fresh, empty database: on the server of `DATABASE_URL` when that is set (its user may create databases),
 * else on a server of our own.
 */
export async function provideDatabase(): Promise<ProvidedDatabase> {
  const server = process.env['DATABASE_URL'];
  if (!server) return startPostgres();

  const name = `test_${randomBytes(8).toString('hex')}`;
  await executeSql(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    stop: async () => void (await executeSql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}
