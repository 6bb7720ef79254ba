import { type SQL, sql } from 'drizzle-orm';
import { index, integer, type PgColumn, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { fence } from '../fencing/fence';
import { characters } from './characters';
import { createdAt, id, moment } from './columns';
import { endChecks, jobChecks, requestChecks } from './image-checks';
import { IMAGE_STATUSES, isInFlight, isQueued } from './image-statuses';
import { users } from './users';

/** An image and the job that makes it. */
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

    // The job: who is at it and where, and from when on it may be begun.
    fence: fence(),
    attempt: integer('attempt').notNull().default(1),
    losses: integer('losses').notNull().default(0),
    runner: text('runner'),
    leasedUntil: moment('leased_until'),
    server: text('server'),
    promptId: uuid('prompt_id'),
    claimedAt: moment('claimed_at'),
    sentAt: moment('sent_at'),
    runAfter: moment('run_after'),
    errorCode: text('error_code'),
    error: text('error'),

    fileKey: text('file_key'),
    thumbKey: text('thumb_key'),
    contentType: text('content_type'),
    bytes: integer('bytes'),
    sha256: text('sha256'),

    createdAt: createdAt(),
    likedAt: moment('liked_at'),
    completedAt: moment('completed_at'),
    deletedAt: moment('deleted_at'),
  },
  (table) => [
    // Of the gallery, newest first: all, those of a status, those of a character, those that are liked.
    index('images_gallery_idx').on(table.ownerId, table.createdAt, table.id).where(isThere(table)),
    index('images_gallery_status_idx')
      .on(table.ownerId, table.status, table.createdAt, table.id)
      .where(isThere(table)),
    index('images_gallery_character_idx')
      .on(table.ownerId, table.characterId, table.createdAt, table.id)
      .where(isThere(table)),
    index('images_gallery_liked_idx')
      .on(table.ownerId, table.createdAt, table.id)
      .where(sql`${isThere(table)} and ${table.likedAt} is not null`),
    // For the foreign key.
    index('images_character_idx').on(table.characterId),
    // Of the jobs. Without the lease, so that a renewal changes no index.
    index('images_queued_idx').on(table.ownerId, table.createdAt, table.id).where(isQueued(table.status)),
    index('images_in_flight_idx').on(table.server).where(isInFlight(table.status)),
    index('images_last_claim_idx')
      .on(table.ownerId, table.claimedAt)
      .where(sql`${table.claimedAt} is not null`),
    // Of what is deleted, and of the files that are in use.
    index('images_deleted_idx')
      .on(table.deletedAt, table.id)
      .where(sql`${table.deletedAt} is not null`),
    index('images_file_key_idx')
      .on(table.fileKey)
      .where(sql`${table.fileKey} is not null`),
    index('images_thumb_key_idx')
      .on(table.thumbKey)
      .where(sql`${table.thumbKey} is not null`),
    ...requestChecks(table),
    ...jobChecks(table),
    ...endChecks(table),
  ],
);

function isThere({ deletedAt }: { deletedAt: PgColumn }): SQL {
  return sql`${deletedAt} is null`;
}
