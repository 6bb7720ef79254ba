import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns';
import { sessions } from './sessions';

/** Refresh tokens by their hash; replaced ones stay, for their reuse is how a theft shows. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    hash: text('hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    replacedAt: moment('replaced_at'),
  },
  (table) => [index('refresh_tokens_session_idx').on(table.sessionId)],
);
