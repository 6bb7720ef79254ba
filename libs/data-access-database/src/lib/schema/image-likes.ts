import { index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { createdAt } from './columns';
import { images } from './images';
import { users } from './users';

export const imageLikes = pgTable(
  'image_likes',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    imageId: uuid('image_id')
      .notNull()
      .references(() => images.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ name: 'image_likes_pkey', columns: [table.userId, table.imageId] }),
    index('image_likes_image_idx').on(table.imageId),
  ],
);
