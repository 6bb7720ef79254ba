import type { BatchedReads } from '../read-batch';
import type { EntryKeys } from '../entry/entry-keys';
import type { NearCache } from './near-cache';
import { TagCells } from './tag-cells';

interface Member {
  keys: EntryKeys;
  near: NearCache<unknown>;
  invalidated: () => void;
}

/**
 * Keeps the near caches of a process honest: whatever says that a key changed, in this process or elsewhere,
 * passes here, and reaches the near caches and the reads that are on their way.
 */
export class Coherence {
  readonly cells = new TagCells();
  private readonly members = new Map<string, Member>();

  constructor(
    private readonly prefix: string,
    private readonly reads: BatchedReads,
  ) {}

  add(name: string, member: Member): void {
    this.members.set(name, member);
  }

  /** This entry or tag (by full key) is not what it was. */
  changed(fullKey: string): void {
    this.reads.invalidated(fullKey);
    const kindAt = this.prefix.length;
    if (fullKey.startsWith('tag:', kindAt)) return this.cells.invalidate(fullKey);
    const nameEnds = fullKey.indexOf(':', kindAt + CACHE.length);
    const member = this.members.get(fullKey.slice(kindAt + CACHE.length, nameEnds));
    if (!member) return;
    member.near.evict(member.keys.idOf(fullKey));
    member.invalidated();
  }

  /** Anything may have changed: flush-all, a lost connection, a new server. */
  lost(): void {
    this.reads.invalidated();
    for (const { near } of this.members.values()) near.clear();
  }
}

const CACHE = 'cache:';
