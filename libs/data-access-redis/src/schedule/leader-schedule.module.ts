import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LeaderScheduler } from './leader-scheduler';

/**
 * Runs the methods that are marked with `@LeaderCron`, in whichever module they are. Imported once by the application,
 * beside `RedisModule`; `ScheduleModule` of @nestjs/schedule is only needed for what it offers itself.
 *
 * @example
 * ```ts
 * @Module({ imports: [RedisModule.forRoot(), LeaderScheduleModule.forRoot(), AuthModule] })
 * export class AppModule {}
 * ```
 */
@Module({})
export class LeaderScheduleModule {
  static forRoot(): DynamicModule {
    return { module: LeaderScheduleModule, imports: [DiscoveryModule], providers: [LeaderScheduler] };
  }
}
