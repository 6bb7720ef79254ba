/** After a fault, so long until everything is as it was: what was kept is sent, circuits are closed. In ms. */
export const SETTLE_MS = 5_000;
/** The same after a stall: an answer about readiness is shared for a second, and a circuit closes within one. In ms. */
export const AFTER_STALL_MS = 2_000;
/** REDIS_CACHE_TIMEOUT_MS. */
export const SHORTEST_DEADLINE_MS = 100;

export interface Fault {
  readonly name: string;
  readonly startedAt: number;
  /** Infinity while it lasts. */
  endedAt: number;
  /** Whether it has left a trace in any instance; known when all has settled. */
  hit?: boolean;
  /** Which instances had no answer of Redis at all, and surely from when to when. */
  cutOff?: { readonly instances: readonly number[]; readonly from: number; readonly to: number };
}

/** Who can stand still: an instance of the API, or what all of them want answers of, the way there included. */
export type Party = number | 'Redis' | 'the database';

export interface Stall {
  readonly party: Party;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** When what was broken; times are those of `performance.now()`. */
export class Timeline {
  readonly faults: Fault[] = [];
  readonly stalls: Stall[] = [];
  /** When nobody asked for anything, and all stood still on purpose. */
  readonly rests: (readonly [from: number, to: number])[] = [];

  begin(name: string, at = performance.now()): Fault {
    const fault = { name, startedAt: at, endedAt: Infinity };
    this.faults.push(fault);
    return fault;
  }

  /** It was measured that somebody stood still. Of servers that are broken on purpose that is no news. */
  stalled(party: Party, startedAt: number, endedAt: number): void {
    const onPurpose = this.faults.some((fault) => fault.startedAt <= endedAt && fault.endedAt >= startedAt);
    if (typeof party === 'string' && onPurpose) return;
    this.stalls.push({ party, startedAt, endedAt });
  }

  /** Whether something was broken, or not yet settled, so that an instance may not have heard of a change. */
  unsettled(from: number, to = from): boolean {
    return this.broken(from, to) || this.starved(from, to, SHORTEST_DEADLINE_MS);
  }

  /** The same of faults alone. */
  broken(from: number, to: number): boolean {
    return this.#faults(from, to).length > 0;
  }

  /**
   * Whether such a deadline may have passed, in that time or just before, because somebody stood still: for at least
   * half of it, for the other half may be work.
   * @param parties who must have done something in it; by default, any instance and Redis
   */
  starved(from: number, to: number, deadlineMs: number, parties?: readonly Party[]): boolean {
    return this.#stalls(parties).some(
      ({ startedAt, endedAt }) =>
        startedAt <= to &&
        endedAt >= from - AFTER_STALL_MS &&
        this.stoodStill(startedAt, startedAt + deadlineMs, parties) >= deadlineMs / 2,
    );
  }

  /** For how many ms of that time one of them stood still. */
  stoodStill(from: number, to: number, parties?: readonly Party[]): number {
    let [sum, until] = [0, from];
    for (const { startedAt, endedAt } of this.#stalls(parties)) {
      sum += Math.max(0, Math.min(endedAt, to) - Math.max(startedAt, until));
      until = Math.max(until, endedAt);
    }
    return sum;
  }

  /** Whether this instance had no answer of Redis in all of that time. */
  cutOff(from: number, to: number, instance: number): boolean {
    return this.faults.some(
      ({ cutOff }) => cutOff?.instances.includes(instance) && cutOff.from <= from && cutOff.to >= to,
    );
  }

  /** How many faults, and stalls of so many ms at once, fell between the two, the time to settle included. */
  count(from: number, to: number, leastMs: number): number {
    const long = this.#stalls().filter(
      ({ startedAt, endedAt }) => startedAt <= to && endedAt >= from && endedAt - startedAt >= leastMs,
    );
    return this.#faults(from, to).length + long.length;
  }

  #faults(from: number, to: number): readonly Fault[] {
    return this.faults.filter(({ startedAt, endedAt }) => startedAt <= to && endedAt + SETTLE_MS >= from);
  }

  /** By their beginnings. */
  #stalls(parties?: readonly Party[]): Stall[] {
    return this.stalls
      .filter(({ party }) => (parties ? parties.includes(party) : party !== 'the database'))
      .sort((a, b) => a.startedAt - b.startedAt);
  }
}
