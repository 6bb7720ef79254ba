/** Thrown when so many wait already that waiting would be pointless. */
export class QueueFullError extends Error {
  constructor() {
    super('Too much work is waiting already');
    this.name = 'QueueFullError';
  }
}

/** Runs work with a bound on how much runs at once and on how much waits. */
export class BoundedQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limits: { concurrency: number; waiting: number }) {}

  /** @throws QueueFullError at once when the bound on waiting work is reached */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.limits.concurrency) {
      if (this.waiting.length >= this.limits.waiting) throw new QueueFullError();
      // Whoever finishes hands over its place, so `running` is not touched here.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
