/** Gives each prompt a time of its own, so that lists by time have one order. */
export class CreateClock {
  private last = 0;

  /** Milliseconds since 1970, later than the last ones. */
  next(): number {
    this.last = Math.max(this.last + 1, Date.now());
    return this.last;
  }
}
