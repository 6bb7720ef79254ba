import type { ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { register } from 'prom-client';
import { RedisModule } from '../../index';
import { LeaderScheduleModule } from '../../schedule/index';
import type { LeaderCronOptions } from '../../schedule/index';

export interface ScheduleTestApp {
  readonly module: TestingModule;
  /** What was logged: `warn: skipped …`. */
  readonly logged: string[];
  close(): Promise<void>;
}

/** Margins are wide, for busy machines. */
export const TASK: LeaderCronOptions = { leaseDuration: 2_000, renewDeadline: 1_200, retryPeriod: 200 };

const open = new Set<TestingModule>();

/** A process with these tasks. */
export async function scheduleApp(
  url: string,
  keyPrefix: string,
  { providers = [], imports = [] }: ModuleMetadata,
): Promise<ScheduleTestApp> {
  const module = await Test.createTestingModule({
    imports: [RedisModule.forRoot({ url, keyPrefix }), LeaderScheduleModule.forRoot(), ...imports],
    providers,
  }).compile();
  const logged: string[] = [];
  const log = (level: string) => (message: unknown) => void logged.push(`${level}: ${String(message)}`);
  module.useLogger({ log: log('log'), warn: log('warn'), error: log('error'), debug: log('debug') });
  open.add(module);
  await module.init();
  return {
    module,
    logged,
    close: async () => {
      open.delete(module);
      await module.close();
    },
  };
}

export async function closeScheduleApps(): Promise<void> {
  await Promise.all([...open].map((module) => module.close()));
  open.clear();
}

/** How many moments of a task had this outcome, in all processes of this test file. */
export async function outcomes(task: string, outcome: 'done' | 'failed' | 'skipped'): Promise<number> {
  const metric = await register.getSingleMetric('redis_leader_cron_runs_total')?.get();
  const found = metric?.values.find(({ labels }) => labels['task'] === task && labels['outcome'] === outcome);
  return found?.value ?? 0;
}
