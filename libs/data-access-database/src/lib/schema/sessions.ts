import { type SQL, sql } from 'drizzle-orm';
import { index, type PgColumn, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment } from './columns';
import { users } from './users';

/** A sign-in on one device; the family of its refresh tokens. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    userAgent: text('user_agent'),
    ip: text('ip'),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
  },
  (table) => [
    index('sessions_user_newest_idx').on(table.userId, table.id),
    index('sessions_end_idx').on(endOf(table)),
  ],
);

/** When it is over, by time or by revocation (`least` passes over null). Queries need the index's own words. */
export function endOf({ expiresAt, revokedAt }: { expiresAt: PgColumn; revokedAt: PgColumn }): SQL {
  return sql`least(${expiresAt}, ${revokedAt})`;
}
