import type { CacheEngine } from '../cache-engine';
import type { Answers, ReadBatch } from '../read-batch';
import type { EntryReader } from './entry-reader';
import type { Placed } from './placed';
import { unreadable } from './reading';
import type { Reading } from './reading';

/** Batches of one call that are under way at a time: enough that neither side waits for the other. */
const MOST_BATCHES = 32;

/**
 * Reads many entries at once: as many in a batch as it takes, and few batches at a time, so that each has the time of
 * one command for its answer and others who read meanwhile need not wait for all of them.
 */
export class BulkRead<T> {
  /** What was read of those that may not be served as they are. */
  readonly others: [id: string, reading: Reading<T>][] = [];
  private readonly checks: Promise<void>[] = [];
  private next = 0;
  /** Redis did not answer, and is not asked for the rest. */
  private silent = false;

  /** @param found each value that may be served is put here */
  constructor(
    private readonly engine: CacheEngine,
    private readonly reader: EntryReader<T>,
    private readonly ids: readonly string[],
    private readonly found: Map<string, T | null>,
  ) {}

  /** @throws RedisUsageError for a bad id; never because of Redis */
  async run(): Promise<void> {
    const lanes: Promise<void>[] = [];
    while (lanes.length < MOST_BATCHES && this.next < this.ids.length) lanes.push(this.readOn());
    await Promise.all(lanes);
    while (this.next < this.ids.length) this.sort(this.nextId(), unreadable());
    await Promise.all(this.checks);
  }

  private async readOn(): Promise<void> {
    while (this.next < this.ids.length && !this.silent) {
      const batch = this.engine.reads.batch();
      const placed = this.fill(batch);
      const answers = await this.engine.reads.answerOf(batch);
      this.silent ||= answers === undefined;
      for (const one of placed) {
        const value = this.reader.freshAtOnce(one, answers);
        if (value !== undefined) this.found.set(one.id, value);
        else this.judge(one, answers);
      }
    }
  }

  private fill(batch: ReadBatch): Placed[] {
    const placed: Placed[] = [];
    while (this.next < this.ids.length && !batch.full) {
      const id = this.nextId();
      const one = this.reader.place(id, batch, true);
      if (one) placed.push(one);
      else this.sort(id, unreadable());
    }
    return placed;
  }

  private judge(one: Placed, answers: Answers | undefined): void {
    const reading = this.reader.judged(one, answers);
    // Not waited for here: what the batch brought must be judged before anything else can happen.
    if (reading instanceof Promise) this.checks.push(reading.then((checked) => this.sort(one.id, checked)));
    else this.sort(one.id, reading);
  }

  private sort(id: string, reading: Reading<T>): void {
    if (reading.state === 'fresh') this.found.set(id, reading.value as T | null);
    else this.others.push([id, reading]);
  }

  private nextId(): string {
    return this.ids[this.next++] as string;
  }
}
