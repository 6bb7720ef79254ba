/** Until somebody whose turn it is asks for it, in ms. */
export const TURN_MS = 2_000;

/** Somebody who holds, by the how-manieth grant that was; grants have tokens that grow. */
export interface ModelHolder {
  readonly id: string;
  readonly grant: number;
  end: number;
  /** It has not said yet that it knows of its turn. */
  isTurn: boolean;
}

export interface ModelRefusal {
  readonly ahead: number;
  readonly endsInMs: number;
}

/**
 * What the scripts of a lease are meant to do, said plainly: who holds it, who stands in line, and a time that passes
 * only when the test says so.
 */
export class LeaseModel {
  private now = 0;
  private all: ModelHolder[] = [];
  private waiting: string[] = [];
  private granted = 0;
  private remembered = false;
  private lastRanOut: string | undefined;
  /** Processes that did not take up a turn, which nobody has noticed yet. */
  private silent: string[] = [];

  /**
   * @param hears whether somebody is woken when it is their turn; who does not hear is passed over
   * @param processOf who is in one process with whom
   */
  constructor(
    private readonly permits: number,
    private readonly hears: (id: string) => boolean,
    private readonly processOf: (id: string) => string,
  ) {}

  get holders(): readonly ModelHolder[] {
    return this.all;
  }

  get line(): readonly string[] {
    return this.waiting;
  }

  /** Whether Redis knows of a token. */
  get isRemembered(): boolean {
    return this.remembered;
  }

  /** Those whose leases end next. */
  get endingFirst(): readonly ModelHolder[] {
    const end = Math.min(...this.all.map((holder) => holder.end));
    return this.all.filter((holder) => holder.end === end);
  }

  /** Who held it last and did not give it back in time. */
  get ranOutLast(): string | undefined {
    return this.all.length === 0 ? this.lastRanOut : undefined;
  }

  leftMs(holder: ModelHolder): number {
    return holder.end - this.now;
  }

  holderOf(id: string): ModelHolder | undefined {
    return this.all.find((holder) => holder.id === id);
  }

  acquire(id: string, ttl: number, waits: boolean): ModelHolder | ModelRefusal {
    const own = this.holderOf(id);
    if (own) {
      this.prolong(own, ttl);
      return own;
    }
    if (waits && !this.waiting.includes(id)) this.waiting.push(id);
    this.serve(id, ttl);
    if (this.holderOf(id) === undefined && this.all.length < this.permits) this.give(id, ttl);
    const refusal = {
      ahead: Math.max(0, waits ? this.waiting.indexOf(id) : 0),
      endsInMs: Math.min(...this.all.map((holder) => this.leftMs(holder))),
    };
    return this.holderOf(id) ?? refusal;
  }

  renew(id: string, ttl: number): boolean {
    const own = this.holderOf(id);
    if (own) this.prolong(own, ttl);
    else this.looked();
    return own !== undefined;
  }

  /** Gives back, or leaves the line. */
  release(id: string): boolean {
    const held = this.holderOf(id) !== undefined;
    if (held) this.all = this.all.filter((holder) => holder.id !== id);
    else this.waiting = this.waiting.filter((other) => other !== id);
    this.serve(id);
    return held;
  }

  elapse(ms: number): void {
    this.now += ms;
    this.lastRanOut = this.all.findLast(({ end }) => end <= this.now)?.id ?? this.lastRanOut;
    const ended = this.all.filter(({ end }) => end <= this.now);
    this.silent.push(...ended.filter(({ isTurn }) => isTurn).map(({ id }) => this.processOf(id)));
    this.all = this.all.filter(({ end }) => end > this.now);
  }

  /** The server has lost everything. */
  lose(): void {
    this.all = [];
    this.waiting = [];
    this.silent = [];
    this.remembered = false;
  }

  /**
   * Lets in who is next, until all is held. Who asks by itself gets it whole. The places of a process that stands still
   * go, unless it is the one that asks.
   */
  private serve(asking: string, ttl = 0): void {
    const gone = this.silent.filter((process) => process !== this.processOf(asking));
    this.waiting = this.waiting.filter((id) => !gone.includes(this.processOf(id)));
    this.looked();
    while (this.all.length < this.permits) {
      const id = this.waiting.shift();
      if (id === undefined) return;
      if (id === asking) this.give(id, ttl);
      else if (this.hears(id)) this.give(id, TURN_MS, true);
    }
  }

  private prolong(holder: ModelHolder, ttl: number): void {
    holder.end = this.now + ttl;
    holder.isTurn = false;
    this.looked();
  }

  /** Who ran out among several is struck off by whoever looks; one who was alone stays in the books until the next. */
  private looked(): void {
    if (this.permits > 1) this.silent = [];
  }

  private give(id: string, ms: number, isTurn = false): void {
    this.all.push({ id, grant: this.granted, end: this.now + ms, isTurn });
    this.granted += 1;
    this.remembered = true;
    this.silent = [];
  }
}
