import { startSentinel } from '@sluice/testing-servers';
import type { RedisSentinel } from '@sluice/testing-servers';
import type { ServedProcess } from '../processes/served-process';
import type { Servers } from './servers';

/** A master with a replica, watched by three sentinels. */
export class SentinelServers implements Servers {
  users: readonly ServedProcess[] = [];

  private constructor(readonly sentinel: RedisSentinel) {}

  static async start(): Promise<SentinelServers> {
    return new SentinelServers(await startSentinel());
  }

  get env(): Record<string, string> {
    return { REDIS_SENTINELS: this.sentinel.addresses.join(','), REDIS_SENTINEL_NAME: this.sentinel.name };
  }

  stop(): Promise<void> {
    return this.sentinel.stop();
  }
}
