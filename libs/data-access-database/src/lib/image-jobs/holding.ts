import { and, eq, type SQL, sql } from 'drizzle-orm';
import { holdsFence } from '../fencing/fence';
import { isInFlight } from '../schema/image-statuses';
import { images } from '../schema/images';
import type { HeldJob } from './image-job';

export const inFlight = isInFlight(images.status);

/** Nobody has got the job since. */
export function isHeld({ id, fence }: HeldJob): SQL {
  return and(eq(images.id, id), holdsFence(images.fence, fence)) as SQL;
}

/** For `set`: in the hands of this runner, for so long, and in nobody else's. */
export function takenBy(runner: string, leaseMs: number) {
  return { runner, leasedUntil: inMs(leaseMs), fence: sql`${images.fence} + 1` };
}

/** For `set`: in nobody's hands, and out of those that it was in. */
export const orphaned = { runner: null, leasedUntil: null, fence: sql`${images.fence} + 1` };

/** For `set`: finished, or not begun; its fence still tells who did that. */
export const released = { runner: null, leasedUntil: null };

export function inMs(milliseconds: number): SQL {
  return sql`clock_timestamp() + ${milliseconds} * interval '1 millisecond'`;
}
