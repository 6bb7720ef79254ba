import type { Authority } from './authority';
import { ABSENT } from './soak-caches';
import type { Change, Observed, Read } from './soak-worker';

/** How long a value may still be served after Redis had confirmed that it is invalid. */
export const MOST_STALE_MS = 1_000;

export interface Violation {
  rule:
    'served long after it was overwritten' | 'served after its own process had invalidated it' | 'invented';
  process: number;
  id: number;
  served: number;
  /** The version that should have been served, or a later one. */
  expected: number;
  /** How much too late the read began, in ms. */
  lateMs: number;
}

/**
 * Holds every read against every change. An absence tells no version: it counts as the newest absence there was, and
 * a read counts from its beginning, so what is reported is wrong for certain.
 */
export function checkCoherence(authority: Authority, observed: readonly Observed[]): Violation[] {
  const overwritten = new Overwritten(observed.flatMap(({ changes }) => changes));
  return observed.flatMap(({ reads, changes }, process) => {
    const own = new Overwritten(changes.map((change) => ({ ...change, confirmedAt: change.ownFrom })));
    return reads.flatMap((read) => {
      const served = servedVersion(authority, read);
      const { id, began } = read;
      if (served === undefined) {
        return { rule: 'invented' as const, process, id, served: ABSENT, expected: 0, lateMs: 0 };
      }
      const found: Violation[] = [];
      const by = overwritten.of(id, served, began - MOST_STALE_MS);
      if (by) found.push({ rule: 'served long after it was overwritten', process, id, served, ...by });
      const byOwn = own.of(id, served, began);
      if (byOwn)
        found.push({
          rule: 'served after its own process had invalidated it',
          process,
          id,
          served,
          ...byOwn,
        });
      return found;
    });
  });
}

function servedVersion(authority: Authority, { id, served, ended }: Read): number | undefined {
  return served === ABSENT ? authority.absentBefore(id, ended) : served;
}

/** From when on a version must not be served any more. */
class Overwritten {
  private readonly changesOf = new Map<number, Change[]>();

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      const others = this.changesOf.get(change.id);
      if (others) others.push(change);
      else this.changesOf.set(change.id, [change]);
    }
  }

  /** A later version that was known before `moment`. */
  of(id: number, version: number, moment: number): { expected: number; lateMs: number } | undefined {
    let found: { expected: number; lateMs: number } | undefined;
    for (const change of this.changesOf.get(id) ?? []) {
      const { confirmedAt = Infinity } = change;
      if (change.version <= version || confirmedAt >= moment) continue;
      const lateMs = Math.round(moment - confirmedAt);
      if (!found || lateMs > found.lateMs) found = { expected: change.version, lateMs };
    }
    return found;
  }
}
