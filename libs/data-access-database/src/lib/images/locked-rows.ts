import { type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { images } from '../schema/images';

/**
 * For `where`: rows that are locked first. All who lock several do it in one order, or two of them could wait for each
 * other; with `skipLocked` what somebody else is just changing is passed over.
 */
export function isLocked(
  queries: Queries,
  condition: SQL | undefined,
  { skipLocked }: { skipLocked: boolean },
): SQL {
  const rows = queries
    .select({ id: images.id })
    .from(images)
    .where(condition)
    .orderBy(images.id)
    .for('update', skipLocked ? { skipLocked } : {});
  // An array is computed once, a join might run the sub-select again.
  return sql`${images.id} = any(array(${rows}))`;
}
