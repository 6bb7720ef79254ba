/**
 * The server's clock, as far as this process knows it. Times in envelopes are the server's, so that hosts whose
 * clocks differ agree on when an entry expires. Half the round trip is the error, as in Cristian's algorithm.
 */
export class ServerClock {
  private offsetMs = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** `seconds` and `microseconds` are the server's answer to `TIME`; `sentAt` is the `Date.now()` of the question. */
  observe(seconds: unknown, microseconds: unknown, sentAt: number): void {
    const server = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    if (!Number.isFinite(server)) return;
    this.offsetMs = Math.round(server - (sentAt + Date.now()) / 2);
  }
}
