/** Thrown out of a running node when it was asked to stop. */
export class Interrupted extends Error {}

/** One flag for the whole server, as in the real one: whoever runs when it is looked at is meant. */
export class Interrupts {
  private asked = false;

  ask(): void {
    this.asked = true;
  }

  /** A new prompt begins: what was asked before is lost. */
  reset(): void {
    this.asked = false;
  }

  /** @throws Interrupted when it was asked for */
  check(): void {
    if (!this.asked) return;
    this.asked = false;
    throw new Interrupted();
  }
}
