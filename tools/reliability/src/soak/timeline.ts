/** After a fault, so long until everything is as it was: what was kept is sent, circuits are closed. In ms. */
export const SETTLE_MS = 5_000;

export interface Fault {
  readonly name: string;
  readonly startedAt: number;
  /** Infinity while it lasts. */
  endedAt: number;
}

/** When what was broken; times are those of `performance.now()`. */
export class Timeline {
  readonly faults: Fault[] = [];
  /** When an instance was not let run: all its deadlines pass meanwhile, as if everything else were broken. */
  readonly stalls: Fault[] = [];

  begin(name: string, at = performance.now()): Fault {
    const fault = { name, startedAt: at, endedAt: Infinity };
    this.faults.push(fault);
    return fault;
  }

  stalled(ms: number, endedAt = performance.now()): void {
    this.stalls.push({ name: 'a busy machine', startedAt: endedAt - ms, endedAt });
  }

  /** Whether something was broken, or not yet settled, at any moment between the two. */
  unsettled(from: number, to = from): boolean {
    return this.count(from, to) > 0;
  }

  /** Whether an instance was not let run, or has not settled since. */
  starved(from: number, to: number): boolean {
    return overlapping(this.stalls, from, to).length > 0;
  }

  /** How many faults and stalls fell between the two, the time to settle included. */
  count(from: number, to: number): number {
    return overlapping(this.faults, from, to).length + overlapping(this.stalls, from, to).length;
  }
}

function overlapping(faults: readonly Fault[], from: number, to: number): readonly Fault[] {
  return faults.filter(({ startedAt, endedAt }) => startedAt <= to && endedAt + SETTLE_MS >= from);
}
