import type { Pace } from '../lib/execution/pace';

/** Time that passes in running nodes only when a test lets it. */
export class VirtualClock {
  private now = 0;
  private readonly pauses = new Set<{ until: number; end: () => void }>();

  readonly pace: Pace = (milliseconds, signal) =>
    new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.pauses.delete(pause);
        reject(signal.reason as Error);
      };
      const pause = {
        until: this.now + milliseconds,
        end: () => {
          this.pauses.delete(pause);
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.pauses.add(pause);
      signal.addEventListener('abort', abort);
    });

  /** Whether a node waits for time to pass. */
  get isAwaited(): boolean {
    return this.pauses.size > 0;
  }

  /** Sets the clock while nobody waits. */
  set(now: number): void {
    if (!this.isAwaited) this.now = now;
  }

  /** Goes to the end of the pause that ends first. */
  toNextEnd(): void {
    const [first] = [...this.pauses].sort((a, b) => a.until - b.until);
    if (!first) throw new Error('nobody waits for time to pass');
    this.now = first.until;
    first.end();
  }

  /** Whether a pause ends by then. */
  endsBy(time: number): boolean {
    return [...this.pauses].some(({ until }) => until <= time);
  }
}
