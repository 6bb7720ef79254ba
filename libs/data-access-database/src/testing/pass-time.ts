import { sql } from 'drizzle-orm';
import type { Database } from '../lib/connection/database';
import { images } from '../lib/schema/images';

/** Lets time pass for all images: their moments move into the past of the database's clock. */
export async function passTime(database: Database, milliseconds: number): Promise<void> {
  const { createdAt, claimedAt, sentAt, leasedUntil, runAfter, deletedAt } = images;
  const moved = { createdAt, claimedAt, sentAt, leasedUntil, runAfter, deletedAt };
  const past = sql`${milliseconds} * interval '1 millisecond'`;
  const values = Object.entries(moved).map(([name, column]) => [name, sql`${column} - ${past}`]);
  await database.write((queries) => queries.update(images).set(Object.fromEntries(values)));
}
