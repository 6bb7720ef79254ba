import type { BatchedReads } from '../read-batch';
import type { EntryKeys } from '../entry/entry-keys';
import type { NearCache } from './near-cache';
import { TagCells } from './tag-cells';

interface Member {
  keys: EntryKeys;
  near: NearCache<unknown>;
  told: () => void;
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
    if (fullKey.startsWith('tag:', this.prefix.length)) return this.cells.invalidate(fullKey);
    const member = this.memberOf(fullKey);
    member?.near.evict(member.keys.idOf(fullKey));
  }

  /** Like {@link changed}, by word from the server, which comes once for each change, those of this process too. */
  told(fullKey: string): void {
    this.memberOf(fullKey)?.told();
    this.changed(fullKey);
  }

  /** Anything may have changed: flush-all, a lost connection, a new server. */
  lost(): void {
    this.reads.invalidated();
    for (const { near } of this.members.values()) near.clear();
  }

  private memberOf(fullKey: string): Member | undefined {
    const nameAt = this.prefix.length + CACHE.length;
    if (!fullKey.startsWith(CACHE, this.prefix.length)) return undefined;
    return this.members.get(fullKey.slice(nameAt, fullKey.indexOf(':', nameAt)));
  }
}

const CACHE = 'cache:';
