/**
 * A tag, as entries of near caches hold it: one object for all of them, so that invalidating the tag is one write
 * and every entry sees it at its next hit.
 */
export interface TagCell {
  readonly key: string;
  valid: boolean;
  /** Entries that hold it; with the last one it is forgotten. */
  held: number;
}

/** What a cell costs, without its key and its place in the table. */
export const CELL_BYTES = 48;

/** The tags of all near caches of a process, by full key. */
export class TagCells {
  private readonly cells = new Map<string, TagCell>();

  get size(): number {
    return this.cells.size;
  }

  hold(key: string): TagCell {
    let cell = this.cells.get(key);
    if (!cell) {
      cell = { key, valid: true, held: 0 };
      this.cells.set(key, cell);
    }
    cell.held += 1;
    return cell;
  }

  release(cell: TagCell): void {
    cell.held -= 1;
    if (cell.held === 0 && this.cells.get(cell.key) === cell) this.cells.delete(cell.key);
  }

  invalidate(key: string): void {
    const cell = this.cells.get(key);
    if (!cell) return;
    cell.valid = false;
    this.cells.delete(key);
  }
}
