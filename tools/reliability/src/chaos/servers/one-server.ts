import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import type { ServedProcess } from '../processes/served-process';
import type { Servers } from './servers';

const USER = 'app';
const PASSWORD = 'chaos-password';
/** Of the resolver in hook.cjs. */
const HOST = 'redis.chaos.test';

/** One Redis behind a proxy, which asks a user of the application for a password; known by a name. */
export class OneServer implements Servers {
  users: readonly ServedProcess[] = [];

  private constructor(
    readonly redis: RedisProcess,
    readonly proxy: FaultProxy,
  ) {}

  static async start(): Promise<OneServer> {
    const redis = await startRedis({
      args: [
        ...['--user', USER, 'on', `>${PASSWORD}`, '~*', '&*', '+@all'],
        ...['--enable-debug-command', 'yes', '--busy-reply-threshold', '100'],
        ...['--loading-process-events-interval-bytes', '1024'],
      ],
    });
    return new OneServer(redis, await startFaultProxy({ port: redis.port }));
  }

  get env(): Record<string, string> {
    return { REDIS_URL: `redis://${USER}:${PASSWORD}@${HOST}:${this.proxy.port}` };
  }

  /** Sets another password for the application, and ends its connections. */
  async rotate(): Promise<void> {
    await this.redis.cli('ACL', 'SETUSER', USER, 'resetpass', '>another-password');
    await this.redis.cli('CLIENT', 'KILL', 'USER', USER);
  }

  async rotateBack(): Promise<void> {
    await this.redis.cli('ACL', 'SETUSER', USER, 'resetpass', `>${PASSWORD}`);
  }

  /** As the application signs in; answers what the server says to it. */
  get auth(): string {
    return `AUTH ${USER} ${PASSWORD}`;
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.redis.stop();
  }
}
