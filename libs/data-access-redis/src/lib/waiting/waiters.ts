import type { Waiter } from './wake-ups';

const BUCKETS = 256;

/**
 * Who waits, by name. A hash table of our own, for a `Map` whose entries come and go all the time makes a new table
 * every few of them, and the old ones hold on to the new: once one of them is old, all that was ever in them survives
 * until a full collection of garbage. Here who has left is linked to nothing.
 */
export class Waiters {
  private readonly buckets = new Array<Waiter | undefined>(BUCKETS).fill(undefined);

  add(waiter: Waiter): void {
    const at = bucketOf(waiter.name);
    const first = this.buckets[at];
    waiter.after = first;
    if (first) first.before = waiter;
    this.buckets[at] = waiter;
  }

  /** Called again it does nothing. */
  remove(waiter: Waiter): void {
    const { before, after } = waiter;
    const at = bucketOf(waiter.name);
    if (before) before.after = after;
    else if (this.buckets[at] === waiter) this.buckets[at] = after;
    if (after) after.before = before;
    waiter.before = undefined;
    waiter.after = undefined;
  }

  /** Of one name, or of all. */
  each(name: string | undefined, work: (waiter: Waiter) => void): void {
    const firsts = name === undefined ? this.buckets : [this.buckets[bucketOf(name)]];
    for (const first of firsts) {
      for (let waiter = first; waiter; waiter = waiter.after) {
        if (name === undefined || waiter.name === name) work(waiter);
      }
    }
  }
}

/** By its end, where the numbers of ids are. */
function bucketOf(name: string): number {
  const { length } = name;
  return ((name.charCodeAt(length - 1) * 7 + name.charCodeAt(length - 2) * 37) % BUCKETS) | 0;
}
