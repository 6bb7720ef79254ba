import type { DiscoveryService } from '@nestjs/core';
import { REDIS_ERROR_CODES, RedisUsageError } from '../lib/connection/redis.errors';
import { resolveElectionTimes } from '../lib/leader-election/election-options';
import { leaderTasksOf } from './leader-cron';
import type { LeaderTaskDefinition, LeaderTaskMethod } from './leader-cron';
import { TaskSchedule } from './task-schedule';

/** A task that can be run. */
export interface FoundTask {
  readonly definition: LeaderTaskDefinition;
  readonly schedule: TaskSchedule;
  readonly method: LeaderTaskMethod;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

const NAME = /^[\w.:-]{1,100}$/;

/**
 * The tasks of all providers and controllers.
 *
 * @throws RedisUsageError that names the task with which something is wrong, and says what
 */
export function findLeaderTasks(discovery: DiscoveryService): FoundTask[] {
  const found: FoundTask[] = [];
  const places = new Map<string, string>();
  for (const wrapper of [...discovery.getControllers(), ...discovery.getProviders()]) {
    const type = typeOf(wrapper);
    if (!type || wrapper.isAlias) continue;
    for (const definition of leaderTasksOf(type)) {
      const place = `${type.name}.${String(definition.method)}`;
      const other = places.get(definition.name);
      if (other !== undefined) {
        throw wrong(definition, place, `${other} has this name, too, and each task needs one of its own.`);
      }
      places.set(definition.name, place);
      found.push(check(definition, place, wrapper));
    }
  }
  return found;
}

function check(definition: LeaderTaskDefinition, place: string, wrapper: Wrapper): FoundTask {
  const { name, expression, options, method } = definition;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw wrong(definition, place, 'A name has 1 to 100 letters, digits, `-`, `_`, `.` and `:`.');
  }
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
    throw wrong(
      definition,
      place,
      'The provider is made for each request or user; a task needs one that is there.',
    );
  }
  const instance = wrapper.instance as Record<string | symbol, unknown>;
  const work = instance[method];
  if (typeof work !== 'function') throw wrong(definition, place, 'The method is missing.');
  try {
    resolveElectionTimes(options);
    const schedule = new TaskSchedule(expression, options.timeZone ?? 'UTC');
    return { definition, schedule, method: (...words) => work.apply(instance, words) as unknown };
  } catch (error) {
    throw wrong(definition, place, whatOf(error));
  }
}

/** The class of what a provider provides, whatever it was made by. */
function typeOf({ instance, metatype }: Wrapper): { name: string } | undefined {
  const made = instance as object | undefined | null;
  const type: unknown = typeof made === 'object' && made ? made.constructor : metatype;
  return typeof type === 'function' ? type : undefined;
}

/** Without the advice that every error of this kind ends with: it is given once. */
function whatOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error('It is not understood.');
  return message.replace(` ${REDIS_ERROR_CODES.REDIS_USAGE.todo}`, '');
}

function wrong({ name, expression }: LeaderTaskDefinition, place: string, what: string): RedisUsageError {
  return new RedisUsageError(`@LeaderCron('${name}', '${expression}') of ${place}: ${what}`);
}
