import { and, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Queries } from '../connection/database';
import { images } from '../schema/images';

/**
 * Those of the keys that images use, be it for their file or their thumbnail. Each column by itself, so that its index
 * fits; and with the keys as one list, so that where statistics are missing and the table is read, it is read once.
 *
 * @param condition on the images that count; default: all
 */
export async function usedKeys(
  queries: Queries,
  keys: readonly string[],
  condition?: SQL,
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const given = sql.param([...keys]);
  const usedAs = (column: PgColumn) =>
    queries
      .select({ key: sql<string>`${column}` })
      .from(images)
      .where(and(sql`${column} = any(${given})`, condition));
  const rows = await usedAs(images.fileKey).union(usedAs(images.thumbKey));
  return new Set(rows.map(({ key }) => key));
}
