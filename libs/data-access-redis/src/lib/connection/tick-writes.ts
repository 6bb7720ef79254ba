import type { Writable } from 'node:stream';

/** A write to the socket after so many commands, for the server to begin while the rest is being written. */
const WRITE_EVERY = 16;

/** What is sent in one tick leaves in one piece: a write to the socket for each command would cost most of it. */
export class TickWrites {
  private gathered = 0;

  /** One more command is about to be written. */
  gather(stream: Writable): void {
    if (this.gathered > 0) {
      this.gathered += 1;
      if (this.gathered % WRITE_EVERY === 0) {
        stream.uncork();
        stream.cork();
      }
      return;
    }
    this.gathered = 1;
    stream.cork();
    process.nextTick(() => {
      this.gathered = 0;
      stream.uncork();
    });
  }
}
