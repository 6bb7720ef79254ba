import type { RedisLeaderElectionService, RedisLockService, RedisService } from '@sluice/data-access-redis';

/** One process's view of Redis. */
export interface Member {
  readonly name: string;
  readonly redis: RedisService;
  readonly locks: RedisLockService;
  readonly elections: RedisLeaderElectionService;
  close(): Promise<void>;
}
