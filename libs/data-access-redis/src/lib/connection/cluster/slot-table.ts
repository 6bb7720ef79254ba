import type { RedisConnection } from '../redis-connection';
import type { SlotRange } from './cluster-slots';
import { SLOTS } from './key-slot';

/** Who serves each slot. A range that a node takes over is its own only when its connection stands. */
export class SlotTable {
  /** Commands are sent to them. */
  readonly #owners: (RedisConnection | undefined)[] = new Array<RedisConnection | undefined>(SLOTS);
  /** By the last word of it: the owner, or one who is not connected yet. */
  readonly #named: (RedisConnection | undefined)[] = new Array<RedisConnection | undefined>(SLOTS);
  #covered = false;

  /** All slots are served by somebody. */
  get covered(): boolean {
    return this.#covered;
  }

  ownerOf(slot: number): RedisConnection | undefined {
    return this.#owners[slot];
  }

  /** See `Dataset`. What an owner acknowledges while another is named counts for neither. */
  datasetOf(slot: number): object | undefined {
    const owner = this.#owners[slot];
    return owner === this.#named[slot] ? owner?.dataset : undefined;
  }

  owners(): ReadonlySet<RedisConnection | undefined> {
    return new Set(this.#owners);
  }

  /**
   * Gives slots to a node. One that is not connected yet gets them only when their owner is lost: until then the owner
   * answers who serves them now, and what it sends on can wait.
   *
   * @returns whether one of them has another owner now, or one that is to be it
   */
  assign(from: number, to: number, connection: RedisConnection): boolean {
    let changed = false;
    for (let slot = from; slot <= to; slot++) {
      if (this.#named[slot] !== connection) changed = true;
      this.#named[slot] = connection;
      const owner = this.#owners[slot];
      if (owner === connection || (owner?.usable && !connection.usable)) continue;
      this.#owners[slot] = connection;
      changed = true;
    }
    return changed;
  }

  /** These and no others are served. @returns whether one has lost its owner */
  keepOnly(ranges: readonly Pick<SlotRange, 'from' | 'to'>[]): boolean {
    const served = new Set<number>();
    for (const { from, to } of ranges) for (let slot = from; slot <= to; slot++) served.add(slot);
    this.#covered = served.size === SLOTS;
    let changed = false;
    for (let slot = 0; slot < SLOTS && !this.#covered; slot++) {
      if (served.has(slot) || !this.#owners[slot]) continue;
      this.#owners[slot] = this.#named[slot] = undefined;
      changed = true;
    }
    return changed;
  }
}
