import type { ReadBatch } from '../read-batch';

/** A read of one entry whose keys stand in a batch, and at which places their answers will be. */
export interface Placed {
  readonly id: string;
  readonly tags: readonly string[];
  readonly batch: ReadBatch;
  readonly at: number;
  readonly generationAt: number;
  /** In the order of `tags`. */
  readonly tagsAt: readonly number[];
}
