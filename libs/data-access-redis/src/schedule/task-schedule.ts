import { CronJob } from 'cron';

/** A timer may be late; further back than so many moments nobody looks for the one it is late for. */
const MOST_STEPS = 100;

/** When a task is due. Each tick belongs to one moment of its expression, whenever the timer has its turn. */
export class TaskSchedule {
  readonly job: CronJob;
  #due: number;
  #onTick: ((moment: number) => void) | undefined;

  /** @throws CronError for a bad expression or time zone, and for moments that never come */
  constructor(
    expression: string,
    private readonly timeZone: string,
  ) {
    this.job = CronJob.from({
      cronTime: expression,
      timeZone,
      onTick: () => this.#onTick?.(this.#take()),
    });
    this.#due = this.#after(Date.now());
  }

  /** @param onTick called with the moment, in ms since 1970 */
  start(onTick: (moment: number) => void): void {
    this.#onTick = onTick;
    this.#due = this.#after(Date.now());
    this.job.start();
  }

  /** The newest moment that has come. It is never later than the one the tick is for, so at worst it has been claimed. */
  #take(): number {
    const now = Date.now();
    let moment = this.#due;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const next = this.#after(moment);
      if (next > now) break;
      moment = next;
    }
    this.#due = this.#after(Math.max(now, moment));
    return moment;
  }

  #after(ms: number): number {
    return this.job.cronTime.getNextDateFrom(new Date(ms), this.timeZone).toMillis();
  }
}
