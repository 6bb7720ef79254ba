import type { Conditions } from './conditions';
import type { Direction, Loss, Way } from './faults';
import type { Losses } from './losses';

/** How a test learns that a fault has hit: the same for one connection and for a whole proxy. */
export abstract class ObservedFaults {
  constructor(
    protected readonly conditions: Conditions,
    protected readonly losses: Readonly<Record<Way, Losses>>,
  ) {}

  abstract heldBytes(direction?: Direction): number;
  abstract droppedBytes(direction?: Direction): number;

  dropNext(way: Way, matching: (chunk: Buffer) => boolean = () => true, within = 30_000): Promise<Loss> {
    const lost = this.losses[way].next(matching, within);
    lost.catch(() => undefined);
    return lost;
  }

  async waitForHeld(direction: Direction = 'both', bytes = 1, within = 30_000): Promise<void> {
    const held = () => this.heldBytes(direction) >= bytes || undefined;
    await this.conditions.until(held, within, `${bytes} bytes (${direction}) were not held`);
  }

  async waitForDropped(direction: Direction = 'both', bytes = 1, within = 30_000): Promise<void> {
    const dropped = () => this.droppedBytes(direction) >= bytes || undefined;
    await this.conditions.until(dropped, within, `${bytes} bytes (${direction}) were not dropped`);
  }
}
