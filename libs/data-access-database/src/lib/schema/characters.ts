import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id, moment } from './columns';
import { users } from './users';

export const characters = pgTable(
  'characters',
  {
    id: id(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    handle: text('handle').notNull(),
    config: jsonb('config').$type<Record<string, unknown>>().notNull().default({}),
    version: integer('version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    deletedAt: moment('deleted_at'),
  },
  (table) => [
    // Partial: the handle of a deleted character is free again.
    uniqueIndex('characters_owner_handle_key')
      .on(table.ownerId, sql`lower(${table.handle})`)
      .where(sql`${table.deletedAt} is null`),
    index('characters_owner_newest_idx').on(table.ownerId, table.createdAt, table.id),
    check('characters_name_check', sql`char_length(${table.name}) between 1 and 80`),
    check('characters_handle_check', sql`${table.handle} ~ '^[A-Za-z0-9_]{3,30}$'`),
    check('characters_config_check', sql`jsonb_typeof(${table.config}) = 'object'`),
  ],
);
