import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/** In the order an image goes through them; the last three are final. */
export const IMAGE_STATUSES = [
  'queued',
  'generating',
  'cancelling',
  'completed',
  'failed',
  'cancelled',
] as const;

type Status = (typeof IMAGE_STATUSES)[number];

// Queries need the words of a partial index itself, not parameters, or PostgreSQL may not see that it fits.

export function isOneOf(column: PgColumn, statuses: readonly Status[]): SQL {
  return sql`${column} in (${sql.raw(statuses.map((status) => `'${status}'`).join(', '))})`;
}

/** Waits for its turn. */
export function isQueued(column: PgColumn): SQL {
  return sql`${column} = 'queued'`;
}

/** Takes a place at a ComfyUI server: from the claim until the end is written. */
export function isInFlight(column: PgColumn): SQL {
  return isOneOf(column, ['generating', 'cancelling']);
}
