/**
 * The server's clock, as far as this process knows it. Times in envelopes are the server's, so that hosts whose
 * clocks differ agree on when an entry expires. Half the round trip is the error, as in Cristian's algorithm.
 */
export class ServerClock {
  private offsetMs = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return this.at(Date.now());
  }

  /** What it showed at this `Date.now()`. */
  at(ours: number): number {
    return ours + this.offsetMs;
  }

  /**
   * @param seconds and `microseconds`: the server's answer to `TIME`
   * @param sentAt `Date.now()` of the question, and of the answer, which may have been a while ago
   */
  observe(seconds: unknown, microseconds: unknown, sentAt: number, receivedAt = Date.now()): void {
    const server = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    if (!Number.isFinite(server)) return;
    this.offsetMs = Math.round(server - (sentAt + receivedAt) / 2);
  }
}
