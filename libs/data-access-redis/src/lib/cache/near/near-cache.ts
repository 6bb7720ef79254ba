import type { CacheStats } from '../cache-stats';
import { bytesOfString } from './protect';
import { Sieve } from './sieve';
import type { SieveNode } from './sieve';
import { CELL_BYTES } from './tag-cells';
import type { TagCell, TagCells } from './tag-cells';

/** A value that is kept in the process. */
export interface NearValue<T> {
  /** Deeply frozen; undefined when it cannot be protected and `text` is read anew for each caller. */
  readonly shared: T | null | undefined;
  readonly text: string | undefined;
  /** What the value holds, in bytes. */
  readonly bytes: number;
  /** `Date.now()` at which it must not be served any more. */
  readonly until: number;
  /** For the early refresh: `Date.now()` at which it stops being fresh, and how long its load took. */
  readonly freshUntil: number;
  readonly loadMs: number;
  /** Full keys of its tags, the generation of the cache first. */
  readonly tagKeys: readonly string[];
}

export interface NearEntry<T> extends Omit<NearValue<T>, 'tagKeys' | 'bytes'>, SieveNode {
  readonly cells: readonly TagCell[];
  /** How many of the cells were made for this entry. */
  readonly ownCells: number;
  readonly cost: number;
}

/** The entry object, its array of cells and the number boxes in it. */
const ENTRY_BYTES = 224;

/**
 * A table of V8's `Map` has room for a power of two, and each place takes three words and a half. Where entries come
 * and go it settles at twice what is needed: it only cleans up when half of its places are of removed entries.
 */
function tableBytes(size: number): number {
  return size === 0 ? 0 : 28 * 2 ** Math.max(2, Math.ceil(Math.log2(2 * size)));
}

/**
 * Values in the process, bounded in bytes. It knows nothing of time but what it is told, and has no timer: what
 * has expired goes when it is asked for or when room is needed.
 */
export class NearCache<T> {
  private entries = new Map<string, NearEntry<T>>();
  private readonly sieve = new Sieve<NearEntry<T>>();
  private used = 0;
  private ownCells = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly cells: TagCells,
    private readonly stats: CacheStats,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** What it holds, in bytes, its own tables included. */
  get bytes(): number {
    return this.used + tableBytes(this.entries.size) + tableBytes(this.ownCells);
  }

  get(id: string, now: number): NearEntry<T> | undefined {
    const entry = this.entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.until <= now || !allValid(entry.cells)) {
      this.drop(entry);
      return undefined;
    }
    entry.visited = true;
    return entry;
  }

  /** A value that would take more than half of the room is not kept. */
  set(id: string, value: NearValue<T>): void {
    this.evict(id);
    const cells = value.tagKeys.map((key) => this.cells.hold(key));
    let cost = ENTRY_BYTES + bytesOfString(id) + value.bytes + cells.length * 8;
    let ownCells = 0;
    for (const cell of cells) {
      if (cell.held > 1) continue;
      ownCells += 1;
      cost += CELL_BYTES + bytesOfString(cell.key);
    }
    if (cost > this.maxBytes / 2) {
      for (const cell of cells) this.cells.release(cell);
      return;
    }
    const entry: NearEntry<T> = {
      id,
      shared: value.shared,
      text: value.text,
      until: value.until,
      freshUntil: value.freshUntil,
      loadMs: value.loadMs,
      cells,
      ownCells,
      cost,
      visited: false,
      newer: undefined,
      older: undefined,
    };
    this.entries.set(id, entry);
    this.sieve.add(entry);
    this.used += cost;
    this.ownCells += ownCells;
    this.makeRoom();
  }

  evict(id: string): void {
    const entry = this.entries.get(id);
    if (entry) this.drop(entry);
  }

  clear(): void {
    for (const entry of this.entries.values()) for (const cell of entry.cells) this.cells.release(cell);
    this.entries = new Map(); // a cleared Map keeps its table
    this.sieve.clear();
    this.used = 0;
    this.ownCells = 0;
  }

  private makeRoom(): void {
    while (this.bytes > this.maxBytes) {
      const victim = this.sieve.victim();
      if (!victim) return;
      this.drop(victim);
      this.stats.evictions += 1;
    }
  }

  private drop(entry: NearEntry<T>): void {
    this.entries.delete(entry.id);
    this.sieve.remove(entry);
    this.used -= entry.cost;
    this.ownCells -= entry.ownCells;
    for (const cell of entry.cells) this.cells.release(cell);
  }
}

function allValid(cells: readonly TagCell[]): boolean {
  for (const cell of cells) if (!cell.valid) return false;
  return true;
}
