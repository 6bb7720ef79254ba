import { randomBytes } from 'node:crypto';
import { pollUntil } from '../process/poll-until';
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
    stop: () => drop(server, name),
  };
}

async function drop(server: string, name: string): Promise<void> {
  let refusal: Error | undefined;
  await pollUntil(async () => {
    refusal = await executeSql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(
      () => undefined,
      (error: Error) => error,
    );
    // Who is no superuser may not end what the server does there by itself, to tidy up. It ends soon.
    return !refusal?.message.includes('permission denied to terminate process');
  }, 30_000);
  if (refusal) throw refusal;
}
