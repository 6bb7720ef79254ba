import { monotonicNow } from '../fleet/monotonic';

/** Somebody writes to what a lock protects, under the token of the lock. */
export interface Write {
  resource: string;
  token: number;
  /** Number of the hold that it belongs to, unique in the whole run. */
  hold: string;
}

export interface RecordedWrite extends Write {
  accepted: boolean;
  at: number;
}

/**
 * What locks protect, in a process of its own that is never paused: it remembers the highest token of each resource and
 * refuses what is lower. It keeps what it was asked, in order.
 */
export class FencedRegister {
  readonly writes: RecordedWrite[] = [];
  private readonly highest = new Map<string, number>();

  /** @param isFenced false accepts everything: the mutant */
  constructor(private readonly isFenced: boolean) {}

  /** How many writes were refused. */
  get refused(): number {
    return this.writes.filter(({ accepted }) => !accepted).length;
  }

  write(write: Write): boolean {
    const { resource, token } = write;
    const highest = this.highest.get(resource) ?? 0;
    const accepted = !this.isFenced || token >= highest;
    if (accepted) this.highest.set(resource, Math.max(highest, token));
    this.writes.push({ ...write, accepted, at: monotonicNow() });
    return accepted;
  }
}
