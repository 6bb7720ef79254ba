import { sql } from 'drizzle-orm';
import type { Database } from '../lib/connection/database';

/** Has the server itself write down how many rows each transaction deletes from these tables, cascades included. */
export async function logDeletions(database: Database, ...tables: string[]): Promise<void> {
  const triggers = tables.map(
    (table) => `create trigger log after delete on ${table} referencing old table as gone
      for each statement execute function log_deletion();`,
  );
  await database.write((queries) =>
    queries.execute(
      sql.raw(`
        create table deletions (transaction xid8 default pg_current_xact_id(), rows int);
        create function log_deletion() returns trigger language plpgsql as $$ begin
          insert into deletions (rows) select count(*) from gone;
          return null;
        end $$;
        ${triggers.join('\n')}`),
    ),
  );
}

/** How many rows each transaction has deleted, oldest first, without those that found none; then the log is empty. */
export async function takeDeletions(database: Database): Promise<number[]> {
  const { rows } = await database.write((queries) =>
    queries.execute<{ rows: number }>(sql`
      with log as (delete from deletions returning *)
      select sum(rows)::int as rows from log group by transaction having sum(rows) > 0 order by transaction`),
  );
  return rows.map((transaction) => transaction.rows);
}
