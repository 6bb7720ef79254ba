import { desc, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { ListPosition } from './list-position';

interface Listed {
  createdAt: PgColumn;
  id: PgColumn;
}

/** The id decides between rows of the same millisecond; without it pages would skip or repeat them. */
export function newestFirst({ createdAt, id }: Listed): [SQL, SQL] {
  return [desc(createdAt), desc(id)];
}

export function isAfter({ createdAt, id }: Listed, position: ListPosition | undefined): SQL | undefined {
  if (!position) return undefined;
  const time = position.createdAt.toISOString();
  return sql`(${createdAt}, ${id}) < (${time}::timestamptz, ${position.id}::uuid)`;
}
