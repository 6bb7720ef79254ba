import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { characters } from './characters';
import { createdAt, id, moment } from './columns';
import { users } from './users';

/** In the order an image goes through them; the last three are final. */
export const IMAGE_STATUSES = [
  'queued',
  'generating',
  'cancelling',
  'completed',
  'failed',
  'cancelled',
] as const;

export const images = pgTable(
  'images',
  {
    id: id(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    characterId: uuid('character_id').references(() => characters.id, { onDelete: 'set null' }),
    status: text('status', { enum: IMAGE_STATUSES }).notNull().default('queued'),
    prompt: text('prompt').notNull(),
    negativePrompt: text('negative_prompt'),
    // Up to 2^64 - 1, which neither bigint nor a JavaScript number holds; numeric would silently round 1.5.
    seed: text('seed').notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    createdAt: createdAt(),
    completedAt: moment('completed_at'),
    deletedAt: moment('deleted_at'),
  },
  (table) => [
    index('images_owner_newest_idx').on(table.ownerId, table.createdAt, table.id),
    index('images_character_idx').on(table.characterId),
    check(
      'images_status_check',
      sql`${table.status} in (${sql.raw(IMAGE_STATUSES.map((status) => `'${status}'`).join(', '))})`,
    ),
    check('images_prompt_check', sql`char_length(${table.prompt}) between 1 and 4000`),
    // With `case`, since `and` promises no order and the cast refuses what the pattern does.
    check(
      'images_seed_check',
      sql`case when ${table.seed} ~ '^(0|[1-9][0-9]{0,19})$' then ${table.seed}::numeric <= 18446744073709551615 else false end`,
    ),
    check('images_width_check', sql`${table.width} between 64 and 2048 and ${table.width} % 8 = 0`),
    check('images_height_check', sql`${table.height} between 64 and 2048 and ${table.height} % 8 = 0`),
  ],
);
