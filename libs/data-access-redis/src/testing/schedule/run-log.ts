import { openSync, readFileSync, writeSync } from 'node:fs';
import { monotonicNow } from '../fleet/monotonic';

export interface RunEntry {
  readonly what: 'began' | 'ended';
  /** For which it ran. */
  readonly moment: number;
  readonly term: number;
  readonly pid: number;
  /** On the clock that all processes share. */
  readonly at: number;
}

/** A file that several processes append to. What is written is there, also when its writer is killed the next moment. */
export class RunLog {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  note(what: RunEntry['what'], moment: number, term: number): void {
    const entry: RunEntry = { what, moment, term, pid: process.pid, at: monotonicNow() };
    writeSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  static read(path: string): RunEntry[] {
    const whole = readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as RunEntry);
  }
}

/** What a task of the leader must never do: run twice for a moment. @returns one line for each wrong */
export function doubleRunsOf(entries: readonly RunEntry[]): string[] {
  const first = new Map<number, RunEntry>();
  return entries.flatMap((run) => {
    if (run.what !== 'began') return [];
    const other = first.get(run.moment);
    if (!other) first.set(run.moment, run);
    return other ? `${new Date(run.moment).toISOString()} was run by ${other.pid} and by ${run.pid}` : [];
  });
}

/**
 * What it must not do either as long as nobody is paused in the middle of a run and Redis loses nothing: run in two
 * processes at once. A run without an end was killed, and that was its end.
 *
 * @returns one line for each wrong
 */
export function overlappingRunsOf(entries: readonly RunEntry[]): string[] {
  const began = entries.filter(({ what }) => what === 'began');
  return entries.flatMap((end) => {
    if (end.what !== 'ended') return [];
    const { at: from } = began.find(
      ({ pid, moment }) => pid === end.pid && moment === end.moment,
    ) as RunEntry;
    const meanwhile = began.filter(({ pid, at }) => pid !== end.pid && at > from && at < end.at);
    return meanwhile.map(({ pid }) => `${pid} began to run while ${end.pid} did`);
  });
}
