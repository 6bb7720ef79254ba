import type { LeaderElection, LeaderElectionOptions } from '../../index';
import { until } from '../redis-test-app';
import type { RedisTestApp } from '../redis-test-app';

/** What happened to a candidate, and when. */
export interface Happening {
  /**
   * `started` and `ended`: its work. `told`: the signal aborted. `stopped`: `onStoppedLeading`. `knows`: of a leader,
   * itself perhaps.
   */
  readonly what: 'started' | 'told' | 'ended' | 'stopped' | 'knows';
  readonly term: number;
  readonly reason?: string;
  /** `performance.now()`. */
  readonly at: number;
  /** `Date.now()`, the clock of a Redis on this machine. */
  readonly wall: number;
}

/** Margins between the times are wide, for busy machines. */
export const TIMES = { leaseDuration: 2_000, renewDeadline: 1_200, retryPeriod: 200 } as const;

/** A candidate that works until it is told to stop, and writes down what happens to it. */
export class ObservedCandidate {
  readonly happened: Happening[] = [];
  readonly election: LeaderElection;

  constructor(app: RedisTestApp, name = 'e', options: LeaderElectionOptions = {}) {
    let term = 0;
    this.election = app.elections.join(name, {
      ...TIMES,
      onStartedLeading: async (signal, started) => {
        term = started;
        this.note('started', term);
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            this.note('told', started);
            resolve();
          });
        });
        this.note('ended', started);
      },
      onStoppedLeading: (reason) => this.note('stopped', term, reason),
      onNewLeader: (leader) => this.note('knows', leader.term),
      ...options,
    });
  }

  /** The terms that it led. */
  get terms(): number[] {
    return this.all('started').map(({ term }) => term);
  }

  get leads(): boolean {
    return this.election.isLeader;
  }

  all(what: Happening['what']): Happening[] {
    return this.happened.filter((one) => one.what === what);
  }

  /** The first of its kind; it must have happened. */
  first(what: Happening['what']): Happening {
    const [found] = this.all(what);
    if (!found) throw new Error(`nothing was ${what}`);
    return found;
  }

  /** Waits until this has happened so many times. */
  async has(what: Happening['what'], times = 1, withinMs = 30_000): Promise<Happening> {
    await until(`${what} ${times} times`, () => this.all(what).length >= times, withinMs);
    return this.all(what)[times - 1] as Happening;
  }

  private note(what: Happening['what'], term: number, reason?: string): void {
    this.happened.push({ what, term, at: performance.now(), wall: Date.now(), ...(reason && { reason }) });
  }
}
