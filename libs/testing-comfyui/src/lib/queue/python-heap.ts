import { PythonError } from '../python/python-error';
import type { QueueItem } from './queue-item';

/**
 * The waiting prompts as Python's `heapq` keeps them: the first is the next to run, the rest is in heap order. That
 * order is what `/queue` shows, so the steps are the same ones.
 */
export class PythonHeap {
  private items: QueueItem[] = [];

  /** In heap order. */
  get all(): readonly QueueItem[] {
    return this.items;
  }

  /** @throws PythonError when it meets its equal; it is in the heap all the same then */
  push(item: QueueItem): void {
    this.items.push(item);
    this.towardsRoot(0, this.items.length - 1, isBeforeOrRaises);
  }

  pop(): QueueItem | undefined {
    const last = this.items.pop();
    const first = this.items[0];
    if (!last || !first) return last;
    this.items[0] = last;
    this.towardsLeaf(0);
    return first;
  }

  remove(item: QueueItem): void {
    this.items.splice(this.items.indexOf(item), 1);
    for (let at = (this.items.length >> 1) - 1; at >= 0; at--) this.towardsLeaf(at);
  }

  clear(): void {
    this.items = [];
  }

  private towardsRoot(root: number, start: number, comesFirst = isBefore): void {
    const item = this.at(start);
    let at = start;
    while (at > root) {
      const parent = (at - 1) >> 1;
      if (!comesFirst(item, this.at(parent))) break;
      this.items[at] = this.at(parent);
      this.items[parent] = item;
      at = parent;
    }
  }

  /** Down along the smaller children to a leaf, then up again to where it belongs. */
  private towardsLeaf(start: number): void {
    const item = this.at(start);
    let at = start;
    for (let child = 2 * at + 1; child < this.items.length; child = 2 * at + 1) {
      const right = child + 1;
      if (right < this.items.length && !isBefore(this.at(child), this.at(right))) child = right;
      this.items[at] = this.at(child);
      at = child;
    }
    this.items[at] = item;
    this.towardsRoot(start, at);
  }

  private at(index: number): QueueItem {
    return this.items[index] as QueueItem;
  }
}

/** By number, then by id. */
function isBefore(a: QueueItem, b: QueueItem): boolean {
  return a.number < b.number || (a.number === b.number && a.promptId < b.promptId);
}

/** The same, but for two that are equal in both: Python would go on to compare their graphs, and cannot. */
function isBeforeOrRaises(a: QueueItem, b: QueueItem): boolean {
  if (a.number !== b.number || a.promptId !== b.promptId) return isBefore(a, b);
  throw new PythonError('TypeError', "'<' not supported between instances of 'dict' and 'dict'");
}
