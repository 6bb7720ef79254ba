import { monotonicNow } from './monotonic';

/** The state of one id in the system of record. */
export interface Truth {
  version: number;
  absent: boolean;
}

/**
 * The system of record of a test, in one process: every change of an id gets the next version at a known moment, so
 * versions are in real-time order.
 */
export class Authority {
  /** For each id, what its versions were; version 0 is there from the start. */
  private readonly histories = new Map<number, { absent: boolean; at: number }[]>();

  /** The ids that were ever asked for. */
  get ids(): number[] {
    return [...this.histories.keys()];
  }

  truth(id: number): Truth {
    const history = this.history(id);
    const version = history.length - 1;
    return { version, absent: history[version]?.absent ?? false };
  }

  change(id: number, absent: boolean): Truth {
    this.history(id).push({ absent, at: monotonicNow() });
    return this.truth(id);
  }

  /** The newest version until `moment` that was an absence; undefined when there was none. */
  absentBefore(id: number, moment: number): number | undefined {
    const version = this.history(id).findLastIndex(({ absent, at }) => absent && at <= moment);
    return version < 0 ? undefined : version;
  }

  private history(id: number): { absent: boolean; at: number }[] {
    let history = this.histories.get(id);
    if (!history) this.histories.set(id, (history = [{ absent: false, at: 0 }]));
    return history;
  }
}
