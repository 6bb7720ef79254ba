import { openSync, readFileSync, writeSync } from 'node:fs';
import { monotonicNow } from '../fleet/monotonic';

/**
 * What a candidate did or knew of itself. `leads`: it said so when asked. `works`: a step of its work. `told`: the work
 * was told to stop, or saw that it must.
 */
export type Deed = 'leads' | 'started' | 'works' | 'told' | 'ended' | 'stopped';

export interface Entry {
  readonly what: Deed;
  readonly election: string;
  readonly term: number;
  readonly pid: number;
  /** It was so at some moment from here, on the clock that all processes share, */
  readonly from: number;
  /** to here. */
  readonly to: number;
  /** `Date.now()`, the clock of a Redis on this machine. */
  readonly wall: number;
  readonly reason?: string;
}

/** A file that several processes append to. What is written is there, also when its writer is killed the next moment. */
export class Journal {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  /** @param from when it began to be so, if not now */
  note(what: Deed, election: string, term: number, from = monotonicNow(), reason?: string): void {
    const entry: Entry = {
      ...{ what, election, term, pid: process.pid, from, to: monotonicNow(), wall: Date.now() },
      ...(reason && { reason }),
    };
    writeSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  static read(path: string): Entry[] {
    const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as Entry);
  }
}
