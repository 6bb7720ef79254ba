// Periodic tasks of the leader. Apart from the rest, for it needs @nestjs/schedule and cron.
export { LeaderScheduleModule } from './leader-schedule.module';
export { LeaderCron } from './leader-cron';
export type { LeaderCronOptions, LeaderTaskMethod } from './leader-cron';
