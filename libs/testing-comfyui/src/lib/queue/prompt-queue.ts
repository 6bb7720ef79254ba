import type { Finished } from './history';
import { History } from './history';
import { PythonHeap } from './python-heap';
import type { QueueItem } from './queue-item';

/** The prompts that wait, the one that runs, and those that have run. */
export class PromptQueue {
  readonly history = new History();
  private readonly waiting = new PythonHeap();
  private taken: QueueItem | undefined;
  private wake: () => void = () => undefined;

  /** @param changed called after every change that the server tells its sockets of */
  constructor(private readonly changed: () => void) {}

  /** Those that wait and the one that runs. */
  get remaining(): number {
    return this.waiting.all.length + (this.taken ? 1 : 0);
  }

  get running(): readonly QueueItem[] {
    return this.taken ? [this.taken] : [];
  }

  /** In heap order, which is not the order in which they will run. */
  get pending(): readonly QueueItem[] {
    return this.waiting.all;
  }

  /** @throws PythonError when one with the same number and id waits; it is queued all the same */
  put(item: QueueItem): void {
    try {
      this.waiting.push(item);
    } finally {
      this.wake();
    }
    this.changed();
  }

  /** Takes the next one; waits until there is one. @throws the signal's reason once it has fired */
  async take(gone: AbortSignal): Promise<QueueItem> {
    for (;;) {
      gone.throwIfAborted();
      const next = this.waiting.pop();
      if (next) {
        this.taken = next;
        this.changed();
        return next;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Lets the one who waits look again. */
  nudge(): void {
    this.wake();
  }

  /** The one that ran is done with. */
  finish(finished: Finished): void {
    this.taken = undefined;
    this.history.add(finished);
    this.changed();
  }

  clear(): string[] {
    const ids = this.pending.map(({ promptId }) => promptId);
    this.waiting.clear();
    this.changed();
    return ids;
  }

  /** Removes a waiting prompt; false when none with that id waits. */
  deleteWaiting(promptId: unknown): boolean {
    const item = this.pending.find((candidate) => candidate.promptId === promptId);
    if (!item) return false;
    // The last one is told of twice: by the clearing and by the deleting.
    if (this.pending.length === 1) this.clear();
    else this.waiting.remove(item);
    this.changed();
    return true;
  }
}
