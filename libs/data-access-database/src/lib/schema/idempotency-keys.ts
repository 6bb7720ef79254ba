import { sql } from 'drizzle-orm';
import { check, index, integer, json, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, moment } from './columns';
import { users } from './users';

/** What a user asked for under a key, and the answer once there is one; without an answer it is being made. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    attempt: integer('attempt').notNull().default(1),
    leasedUntil: moment('leased_until').notNull(),
    answerStatus: integer('answer_status'),
    // Not jsonb, which would put the fields into an order of its own and refuse a NUL.
    answerBody: json('answer_body'),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    uniqueIndex('idempotency_keys_user_key').on(table.userId, table.key),
    index('idempotency_keys_expires_idx').on(table.expiresAt),
    // The index could not hold a text of any length.
    check('idempotency_keys_key_check', sql`char_length(${table.key}) between 1 and 255`),
    check(
      'idempotency_keys_answer_check',
      sql`(${table.answerStatus} is null) = (${table.answerBody} is null)`,
    ),
  ],
);
