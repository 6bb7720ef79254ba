import type { RecordedWrite } from './fenced-register';
import type { Hold } from './lock-worker';

/** When Redis forgot what it knew, at the earliest and at the latest. */
export interface Loss {
  began: number;
  ended: number;
}

export interface Violation {
  rule: 'two held it at once' | 'a later lock has no higher token' | 'a stale write was accepted';
  first: Hold;
  second: Hold;
}

/**
 * Holds what was seen against what locks promise. Only what is certain counts: one lock came after another when it was
 * asked for after the other was had.
 */
export function checkFencing(
  holds: readonly Hold[],
  writes: readonly RecordedWrite[],
  losses: readonly Loss[],
): Violation[] {
  const found: Violation[] = [];
  const byId = new Map(holds.map((hold) => [hold.id, hold]));
  const order = [...holds].sort((a, b) => a.from - b.from);
  for (const resource of new Set(holds.map((hold) => hold.resource))) {
    const all = order.filter((hold) => hold.resource === resource);
    all.forEach((first, i) => {
      for (const second of all.slice(i + 1)) {
        found.push(...overlap(first, second, losses), ...noGrowth(first, second));
      }
    });
    const accepted = writes.filter((write) => write.resource === resource && write.accepted);
    found.push(...staleWrites(accepted, byId));
  }
  return found;
}

/** Whoever is cut off from what Redis has forgotten cannot know it at once; everybody else is alone. */
function overlap(first: Hold, second: Hold, losses: readonly Loss[]): Violation[] {
  if (second.heldUntil < second.from || first.heldUntil <= second.from) return [];
  // Either of them may have been granted first, for one may have been told late.
  const asked = Math.min(first.asked, second.asked);
  if (losses.some(({ began, ended }) => ended >= asked && began <= second.from)) return [];
  return [{ rule: 'two held it at once', first, second }];
}

function noGrowth(first: Hold, second: Hold): Violation[] {
  if (second.asked <= first.from || second.token > first.token) return [];
  return [{ rule: 'a later lock has no higher token', first, second }];
}

/** By the order of the locks, whatever their tokens. */
function staleWrites(accepted: readonly RecordedWrite[], holds: ReadonlyMap<string, Hold>): Violation[] {
  const found: Violation[] = [];
  let latest: Hold | undefined;
  for (const write of accepted) {
    const hold = holds.get(write.hold);
    if (!hold) continue; // its process was stopped before it could tell
    if (latest && hold.from < latest.asked) {
      found.push({ rule: 'a stale write was accepted', first: latest, second: hold });
    }
    if (!latest || hold.asked > latest.asked) latest = hold;
  }
  return found;
}
