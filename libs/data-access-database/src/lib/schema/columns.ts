import { timestamp, uuid } from 'drizzle-orm/pg-core';
import { uuidv7 } from 'uuidv7';

/** UUIDv7: ids grow with time, so new rows go to the end of the index. */
export const id = () => uuid('id').primaryKey().$defaultFn(uuidv7);

/** A point in time in milliseconds: PostgreSQL's microseconds would be lost in a `Date`, and cursors would skip rows. */
export const moment = (name: string) => timestamp(name, { precision: 3, withTimezone: true });

export const createdAt = () => moment('created_at').notNull().defaultNow();
