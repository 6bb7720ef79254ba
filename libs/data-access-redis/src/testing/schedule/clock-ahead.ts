/** Lets the wall clock of this process be so many ms ahead of the machine's, or behind it. */
export function setClockAhead(ms: number): void {
  const Real = Date;
  class Ahead extends Real {
    constructor(...words: [] | [value: number | string | Date]) {
      super(words.length === 0 ? Real.now() + ms : words[0]);
    }
    static override now(): number {
      return Real.now() + ms;
    }
  }
  globalThis.Date = Ahead as DateConstructor;
}
