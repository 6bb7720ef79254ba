import { sql } from 'drizzle-orm';
import type { Database, Queries } from '../lib/connection/database';
import { pollUntil } from './poll-until';

/**
 * Runs `first` in a transaction, and commits it when what `second` has begun waits for it, and after `last`, if there
 * is any. @returns what `second` led to
 */
export async function waitBehind<T>(
  database: Database,
  first: (queries: Queries) => Promise<unknown>,
  second: () => Promise<T>,
  last?: (queries: Queries) => Promise<unknown>,
): Promise<T> {
  let waiting: Promise<T> | undefined;
  await database.transaction(async (queries) => {
    await first(queries);
    waiting = second();
    await pollUntil(async () => {
      const { rowCount } = await queries.execute(
        sql`select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`,
      );
      return rowCount === 1;
    });
    await last?.(queries);
  });
  return waiting as Promise<T>;
}
