/** What SIEVE needs of an entry. */
export interface SieveNode {
  readonly id: string;
  /** Asked for since the hand last came by. */
  visited: boolean;
  newer: SieveNode | undefined;
  older: SieveNode | undefined;
}

/**
 * Order of eviction after SIEVE (Zhang et al., NSDI 2024): a hit only sets a mark, so it costs nothing, and a hand
 * that walks from the oldest to the newest evicts the first entry without a mark. Keeps hot entries better than LRU.
 */
export class Sieve<N extends SieveNode> {
  private newest: N | undefined;
  private oldest: N | undefined;
  private hand: N | undefined;

  add(node: N): void {
    node.older = this.newest;
    node.newer = undefined;
    if (this.newest) this.newest.newer = node;
    this.newest = node;
    this.oldest ??= node;
  }

  remove(node: N): void {
    const newer = node.newer as N | undefined;
    const older = node.older as N | undefined;
    if (this.hand === node) this.hand = newer;
    if (newer) newer.older = older;
    else this.newest = older;
    if (older) older.newer = newer;
    else this.oldest = newer;
    node.newer = undefined;
    node.older = undefined;
  }

  /** The entry to go next; stays in line until it is removed. */
  victim(): N | undefined {
    let node = this.hand ?? this.oldest;
    while (node?.visited) {
      node.visited = false;
      node = (node.newer as N | undefined) ?? this.oldest;
    }
    this.hand = node;
    return node;
  }

  clear(): void {
    this.newest = undefined;
    this.oldest = undefined;
    this.hand = undefined;
  }
}
