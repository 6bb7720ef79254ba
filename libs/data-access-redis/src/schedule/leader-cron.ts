import { RedisUsageError } from '../lib/connection/redis.errors';
import type { LeaderElectionOptions } from '../lib/leader-election/election-options';

/** How the election of a task is timed is documented there. */
export interface LeaderCronOptions extends Pick<
  LeaderElectionOptions,
  'leaseDuration' | 'renewDeadline' | 'retryPeriod'
> {
  /**
   * In which the expression is meant, such as `Europe/Berlin`. Default `UTC`, and not that of the host, so that all
   * hosts mean the same moments. Where summer time begins or ends, moments are left out or come twice, as clocks do.
   */
  timeZone?: string;
}

/**
 * What `@LeaderCron` stands on. What it returns is awaited.
 *
 * `signal` aborts when the task must stop: the leadership was lost, or the process is shut down. `term` is a fencing
 * token. `moment` is the one for which it runs, not the one at which: the same on every host.
 */
export type LeaderTaskMethod = (signal: AbortSignal, term: number, moment: Date) => unknown;

/** @internal */
export interface LeaderTaskDefinition {
  readonly name: string;
  readonly expression: string;
  readonly options: LeaderCronOptions;
  readonly method: string | symbol;
}

const TASKS = Symbol('sluice:leader-cron');

/**
 * Runs a method of a provider at fixed times, once in the whole fleet: on the leader of an election that is called after
 * the task. When in doubt a moment is skipped, never run twice: when nobody leads at that moment, when Redis does not
 * say that it is ours, and when the run before still goes on. Needs `LeaderScheduleModule.forRoot()`.
 *
 * @param name its own in the whole fleet; 1 to 100 letters, digits, `-`, `_`, `.` and `:`
 * @param expression five fields of cron, or six with seconds first
 * @throws RedisUsageError when it does not stand on a method of an instance; all else is checked at start
 * @example
 * ```ts
 * @LeaderCron('session-retention', '0 3 * * *')
 * async removeExpired(signal: AbortSignal): Promise<void> {
 *   await this.sessions.deleteExpired({ signal });
 * }
 * ```
 */
export function LeaderCron(name: string, expression: string, options: LeaderCronOptions = {}) {
  return <T extends LeaderTaskMethod>(
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void => {
    if (
      typeof target === 'function' ||
      typeof (descriptor as typeof descriptor | undefined)?.value !== 'function'
    ) {
      throw new RedisUsageError(`@LeaderCron('${name}') must stand on a method of instances.`);
    }
    const tasks = [...leaderTasksOf(target.constructor), { name, expression, options, method }];
    Reflect.defineMetadata(TASKS, tasks, target.constructor);
  };
}

/** @internal Those of a class and of the classes it extends, in the order in which they are written. */
export function leaderTasksOf(type: object): readonly LeaderTaskDefinition[] {
  return (Reflect.getMetadata(TASKS, type) as LeaderTaskDefinition[] | undefined) ?? [];
}
