/** Where everybody comes through to begin a round; nobody does while it is closed. */
export class Gate {
  #closed: Promise<void> | undefined;
  #inside = 0;
  #empty = () => {};

  async through(round: () => Promise<void>): Promise<void> {
    while (this.#closed) await this.#closed;
    this.#inside += 1;
    try {
      await round();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#empty();
    }
  }

  /** Waits until all are out, and opens when the work is done. */
  async whileClosed<T>(work: () => Promise<T>): Promise<T> {
    let open = () => {};
    this.#closed = new Promise((resolve) => (open = resolve));
    try {
      if (this.#inside > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
      return await work();
    } finally {
      this.#closed = undefined;
      open();
    }
  }
}
