import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisLeaderElectionService, RedisModule } from '../../index';
import { LeaderCron, LeaderScheduleModule } from '../../schedule/index';
import { RemoteCalls } from '../fleet/remote-calls';
import type { Callable } from '../fleet/remote-calls';
import { setClockAhead } from './clock-ahead';
import { RunLog } from './run-log';
import { TASK_MUTANTS } from './task-mutants';
import type { TaskMutant } from './task-mutants';

// One process with a task that is due every second; see task-fleet.ts.
process.once('disconnect', () => process.exit(0));

const { FLEET_REDIS_URL, FLEET_KEY_PREFIX, FLEET_MUTANT, TASK_LOG, TASK_CLOCK_AHEAD_MS } = process.env;
if (FLEET_MUTANT) TASK_MUTANTS[FLEET_MUTANT as TaskMutant]();
setClockAhead(Number(TASK_CLOCK_AHEAD_MS));
const log = new RunLog(TASK_LOG as string);

const RUN_MS = 150;

@Injectable()
class Tasks {
  @LeaderCron('tick', '* * * * * *', { leaseDuration: 1_500, renewDeadline: 900, retryPeriod: 200 })
  async tick(signal: AbortSignal, term: number, moment: Date): Promise<void> {
    log.note('began', moment.getTime(), term);
    await pause(RUN_MS, undefined, { signal }).catch(() => undefined);
    log.note('ended', moment.getTime(), term);
  }
}

@Module({
  imports: [
    RedisModule.forRoot({ url: FLEET_REDIS_URL, keyPrefix: FLEET_KEY_PREFIX }),
    LeaderScheduleModule.forRoot(),
  ],
  providers: [Tasks],
})
class TaskModule {}

const callable: Callable = { ready: () => started };
new RemoteCalls(process, callable);
const started = start();

async function start(): Promise<void> {
  const app = await NestFactory.createApplicationContext(TaskModule, { logger: false, abortOnError: false });
  app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
  const [election] = app.get(RedisLeaderElectionService).elections;
  callable['leads'] = () => election?.isLeader;
}
