/** Waits for states of the proxy: every condition is asked again whenever something has changed. */
export class Conditions {
  private readonly waiting = new Set<{ ask(): void; fail(error: unknown): void }>();
  private over: Error | undefined;

  /**
   * Resolves with the first answer of `probe` that is not undefined.
   * @param within milliseconds
   * @throws Error with `message` when the time is over; what `probe` throws
   */
  until<T>(probe: () => T | undefined, within: number, message: string): Promise<T> {
    // Made here, so that its stack shows the line of the test.
    const late = new Error(`${message} within ${within} ms.`);
    const result = new Promise<T>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.waiting.delete(waiter);
      };
      const waiter = {
        ask: () => {
          try {
            const answer = probe();
            if (answer === undefined) return;
            settle();
            resolve(answer);
          } catch (error) {
            waiter.fail(error);
          }
        },
        fail: (error: unknown) => {
          settle();
          reject(error as Error);
        },
      };
      const timer = setTimeout(() => waiter.fail(late), within);
      this.waiting.add(waiter);
      waiter.ask();
      if (this.over) waiter.fail(this.over);
    });
    // A test that failed elsewhere no longer waits for this one.
    result.catch(() => undefined);
    return result;
  }

  changed(): void {
    for (const waiter of [...this.waiting]) waiter.ask();
  }

  /** Nothing will change any more: ends all waiting, now and later. */
  giveUp(reason: string): void {
    this.over = new Error(reason);
    for (const waiter of [...this.waiting]) waiter.fail(this.over);
  }
}
