import { Inject, Injectable, Optional } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { RedisClient } from '../lib/client/redis-client';
import { RedisLeaderElectionService } from '../lib/leader-election/redis-leader-election.service';
import { REDIS_CLIENT } from '../lib/redis.tokens';
import { LeaderCronMetrics } from './leader-cron-metrics';
import { findLeaderTasks } from './find-leader-tasks';
import { LeaderTask } from './leader-task';
import { SlotClaims } from './slot-claims';

/** Starts the tasks of the application with it, and ends them while all they need still stands. */
@Injectable()
export class LeaderScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #tasks: LeaderTask[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly elections: RedisLeaderElectionService,
    @Inject(REDIS_CLIENT) private readonly client: RedisClient,
    /** The application's, if it uses `ScheduleModule`; its jobs are listed there then. */
    @Optional() @Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry | undefined,
  ) {}

  onApplicationBootstrap(): void {
    const found = findLeaderTasks(this.discovery);
    const surroundings = {
      elections: this.elections,
      claims: new SlotClaims(this.client),
      registry: this.registry ?? new SchedulerRegistry(),
      metrics: new LeaderCronMetrics(),
    };
    for (const task of found) this.#tasks.push(new LeaderTask(task, surroundings));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.stop()));
  }
}
