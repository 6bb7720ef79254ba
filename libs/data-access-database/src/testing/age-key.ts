import { eq, sql } from 'drizzle-orm';
import type { Database } from '../lib/connection/database';
import { idempotencyKeys } from '../lib/schema/idempotency-keys';

/** Lets time pass for an idempotency key: its moments move into the past of the database's clock. */
export async function ageKey(database: Database, key: string, milliseconds: number): Promise<void> {
  const { leasedUntil, expiresAt } = idempotencyKeys;
  const past = sql`${milliseconds} * interval '1 millisecond'`;
  await database.write((queries) =>
    queries
      .update(idempotencyKeys)
      .set({ leasedUntil: sql`${leasedUntil} - ${past}`, expiresAt: sql`${expiresAt} - ${past}` })
      .where(eq(idempotencyKeys.key, key)),
  );
}
